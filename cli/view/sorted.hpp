// SPDX-License-Identifier: Apache-2.0
// The order of a view's rows.
#pragma once

#include <algorithm>

#include "view/keys.hpp"

namespace crunc::cli {

/// Sorts by name ('n') from A on, or by rank from the greatest on; what is alike in rank by name, so that rows do not
/// change places without a reason.
void sort_by(auto& rows, const Order& order, auto name, auto rank) {
  std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) { return name(a) < name(b); });
  if (order.sort != 'n')
    std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
  if (order.reverse) std::ranges::reverse(rows);
}

}  // namespace crunc::cli
