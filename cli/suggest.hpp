// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant who typed something else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crunc::cli {

/// How many letters are to be put in, taken out, replaced or swapped with their neighbour to make one of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view one, std::string_view other);

/// The one that is most like `typed`, if any is like it: a third of its letters may differ.
[[nodiscard]] std::optional<std::string> most_similar(std::string_view typed, const std::vector<std::string>& known);

}  // namespace crunc::cli
