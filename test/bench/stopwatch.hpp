// SPDX-License-Identifier: Apache-2.0
// Measuring: how long something takes, and several things in turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "interruption.hpp"

namespace crunc::bench {

template <class Unit = std::micro>
double time_of(auto&& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double, Unit>(std::chrono::steady_clock::now() - begin).count();
}

/// One measurement of something.
using Measure = std::function<double()>;

inline Measure mean_of(int times, const Measure& one) {
  return [=] {
    double sum = 0;
    for (int i = 0; i < times; ++i) sum += one();
    return sum / times;
  };
}

enum class WarmUp : std::uint8_t { none, once };

/// Measures each of them once a round, and once before for nothing. Each round begins with another one, so that none
/// always finds another's caches.
/// @return the results of each
inline std::vector<std::vector<double>> in_turn(const std::vector<Measure>& measures, int rounds,
                                                WarmUp warm_up = WarmUp::once) {
  std::vector<std::vector<double>> results(measures.size());
  if (warm_up == WarmUp::once) {
    for (const Measure& each : measures) each();
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < measures.size(); ++i) {
      take_interruption();
      const std::size_t which = (static_cast<std::size_t>(round) + i) % measures.size();
      results[which].push_back(measures[which]());
    }
  }
  return results;
}

}  // namespace crunc::bench
