// SPDX-License-Identifier: Apache-2.0
// Likeness of words.

#include "suggest.hpp"

#include <algorithm>

namespace crunc::cli {
namespace {

/// How many letters both begin with.
std::size_t alike(std::string_view one, std::string_view other) {
  return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

}  // namespace

std::size_t edit_distance(std::string_view one, std::string_view other) {
  // Rows of the table of distances between beginnings of the two: this one, the one before, and the one before that.
  std::vector<std::size_t> row(other.size() + 1);
  std::vector<std::size_t> before(row.size());
  std::vector<std::size_t> before_that(row.size());
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    before_that.swap(before);
    before.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const bool same = one[i - 1] == other[j - 1];
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (swapped) row[j] = std::min(row[j], before_that[j - 2] + 1);
    }
  }
  return row.back();
}

std::optional<std::string> most_similar(std::string_view typed, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 64;
  if (typed.size() > longest) return std::nullopt;
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string& each : known) {
    // What was typed in full is no mistake, and one letter is like any other.
    if (each == typed || std::max(each.size(), typed.size()) < 2) continue;
    const std::size_t distance = edit_distance(typed, each);
    // Of two that are as near, the one that begins alike: "stat" is state rather than start.
    const bool nearer = distance < least || (best && distance == least && alike(typed, each) > alike(typed, *best));
    if (nearer) {
      least = distance;
      best = each;
    }
  }
  return best;
}

}  // namespace crunc::cli
