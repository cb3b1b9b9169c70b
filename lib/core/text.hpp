// SPDX-License-Identifier: Apache-2.0
// Reading of numbers and of short texts, strictly: a value is taken whole or not at all.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crunc::core {

/// A decimal number that fills `text` and fits its type.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) noexcept {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// `text` without white space at either end.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The lines of `text` without their ends; what follows the last newline is a line if it is not empty.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);

/// `text` in double quotes, as Go's %q would: control characters, quotes and what is no UTF-8 escaped, so that it
/// stays one line that can be printed.
[[nodiscard]] std::string quote(std::string_view text);

/// The start of what cannot be read, quoted, for an error.
[[nodiscard]] std::string excerpt(std::string_view text);

/// A time in the form of RFC 3339, with up to nine digits of fraction and any offset.
[[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> parse_rfc3339(
    std::string_view text) noexcept;

}  // namespace crunc::core
