// SPDX-License-Identifier: Apache-2.0
// The single values of GVariant's text format: numbers and strings, strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cgroups/systemd/gvariant.hpp"

namespace crunc::cgroups::systemd {

/// A number as one of y, n, q, i, u, x, t and d. Integers may be hexadecimal (0x) or octal (0), as in C. Nothing for
/// what is none, does not fit, or has another type.
[[nodiscard]] std::optional<GVariant::Item> parse_gvariant_number(std::string_view text, char type);

/// Whether a number that has no type is a double.
[[nodiscard]] bool looks_like_double(std::string_view text) noexcept;

/// The text of a string at the front of `rest`, which starts with a quote, and which is taken off. Nothing for one that
/// has no end, is not UTF-8 or has a NUL, which no string of D-Bus can have.
[[nodiscard]] std::optional<std::string> take_gvariant_string(std::string_view& rest);

}  // namespace crunc::cgroups::systemd
