// SPDX-License-Identifier: Apache-2.0
// Spread: the median of many measurements, and the quartiles that say how much to trust it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace crunc::bench {

struct Spread {
  double median = 0;
  double lower_quartile = 0;
  double upper_quartile = 0;
};

/// `values` must not be empty.
inline Spread spread(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&values](double part) {
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.25), at(0.75)};
}

/// Of measurements that were taken in turn, so that what else the machine did then met both.
inline std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> all(over.size());
  std::ranges::transform(over, under, all.begin(), [](double a, double b) { return a / b; });
  return all;
}

}  // namespace crunc::bench
