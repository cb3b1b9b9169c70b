// SPDX-License-Identifier: Apache-2.0
// A row of small bars, one for each number.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace crunc::cli {

enum class Glyphs : std::uint8_t {
  unicode,  ///< the eight block elements
  ascii     ///< of growing weight, where the locale has no more
};

/// What the locale of this environment can print: LC_ALL, else LC_CTYPE, else LANG. By name and not by setlocale(3):
/// one that is set but not installed, as over ssh, still tells what the terminal understands.
[[nodiscard]] Glyphs glyphs_of_environment();

/// The last `width` numbers, padded to it on the left; one that is missing is a blank. The bars go from nothing up to
/// `full` or the greatest of the numbers, whichever is more: so a bar means the same in all rows but the busiest.
[[nodiscard]] std::string sparkline(const std::deque<std::optional<double>>& numbers, std::size_t width, double full,
                                    Glyphs glyphs);

}  // namespace crunc::cli
