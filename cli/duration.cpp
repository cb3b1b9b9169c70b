// SPDX-License-Identifier: Apache-2.0
// Reading durations: a sequence of numbers, each with its unit.

#include "duration.hpp"

#include <array>
#include <cmath>
#include <string>

#include "usage_error.hpp"

namespace crunc::cli {
namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};

// The longer name first where one begins with another.
constexpr std::array units{Unit{"ns", 1e-6}, Unit{"us", 1e-3}, Unit{"\u00b5s", 1e-3}, Unit{"ms", 1},
                           Unit{"s", 1e3},   Unit{"m", 60e3},  Unit{"h", 3600e3}};
constexpr double longest = 100.0 * 366 * 24 * 3600e3;  // a deadline this far away still fits the clock

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits with at most one point among them off the front.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  double weight = 0;  // of the next digit behind the point; 0: no point yet
  bool any = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && weight == 0))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      weight = 0.1;
      continue;
    }
    any = true;
    const int digit = c - '0';
    value = weight == 0 ? value * 10 + digit : value + digit * weight;
    weight /= 10;
  }
  return any ? std::optional(value) : std::nullopt;
}

std::optional<double> take_unit(std::string_view& text) {
  for (const Unit& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.milliseconds;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double total = 0;
  while (!text.empty()) {
    const std::optional<double> number = take_number(text);
    const std::optional<double> unit = number ? take_unit(text) : std::nullopt;
    if (!unit) return std::nullopt;
    total += *number * *unit;
  }
  if (!(total > 0) || total > longest) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::ceil(total)));
}

std::chrono::milliseconds parse_timeout(std::string_view text) {
  if (const auto duration = parse_duration(text)) return *duration;
  throw UsageError("--timeout", '"' + std::string(text) + "\" is not a duration (such as 500ms, 30s, 1m30s)");
}

}  // namespace crunc::cli
