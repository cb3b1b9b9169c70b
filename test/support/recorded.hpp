// SPDX-License-Identifier: Apache-2.0
//
// Comparing what a runtime prints today with what it was recorded to print (fixtures/recorded).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crunc::test {

/// `text` without what differs between two runs: each run of digits is `N`, each run of blanks one blank, blank lines
/// and blanks at the ends of lines are gone.
[[nodiscard]] std::string without_numbers(std::string_view text);

/// The places of a JSON document, as lines `/data/cpu/usage: object`. Elements of an array share the place `[]`; below
/// the members named in `maps` all keys are `*`, as the kernel and not the runtime chooses them.
[[nodiscard]] std::vector<std::string> places(std::string_view json, const std::vector<std::string>& maps);

/// The lines of `lines` that `known` does not have, sorted.
[[nodiscard]] std::vector<std::string> unknown_lines(const std::vector<std::string>& lines,
                                                     const std::vector<std::string>& known);

/// The first lines in which the two differ, for people; empty when they are the same.
[[nodiscard]] std::string first_difference(std::string_view recorded, std::string_view today);

}  // namespace crunc::test
