// SPDX-License-Identifier: Apache-2.0
// Reading of durations.

#include "duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace crunc::cli {
namespace {

// The longer name first where one begins with another.
constexpr std::array units{
    std::pair{std::string_view("us"), 1e-3}, std::pair{std::string_view("ms"), 1.0},
    std::pair{std::string_view("h"), 3.6e6}, std::pair{std::string_view("m"), 6e4},
    std::pair{std::string_view("s"), 1e3},
};

/// Takes a unit off the front and gives its milliseconds; 0 if there is none.
double take_unit(std::string_view& text) {
  for (const auto& [name, milliseconds] : units) {
    if (text.starts_with(name)) {
      text.remove_prefix(name.size());
      return milliseconds;
    }
  }
  return 0;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr double longest = 1e12;  // some thirty years
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(number) || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    const double unit = take_unit(text);
    if (unit == 0) return std::nullopt;
    total += number * unit;
  }
  if (total <= 0 || total > longest) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::ceil(total)));
}

}  // namespace crunc::cli
