// SPDX-License-Identifier: Apache-2.0
// Measuring: how long something takes, and several things in turn.
#pragma once

#include <chrono>
#include <cstddef>
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

/// Measures each of them once a round, the first time for nothing. Each round begins with another one, so that none
/// always finds another's caches.
/// @return the results of each
inline std::vector<std::vector<double>> in_turn(const std::vector<Measure>& measures, int rounds) {
  std::vector<std::vector<double>> results(measures.size());
  for (const Measure& each : measures) each();
  for (int round = 0; round < rounds; ++round) {
    take_interruption();
    for (std::size_t i = 0; i < measures.size(); ++i) {
      const std::size_t which = (static_cast<std::size_t>(round) + i) % measures.size();
      results[which].push_back(measures[which]());
    }
  }
  return results;
}

}  // namespace crunc::bench
