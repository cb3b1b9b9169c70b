// SPDX-License-Identifier: Apache-2.0
// Numbers of cgroups, strictly: a value is taken whole or not at all.

#include "cgroups/parse.hpp"

#include <algorithm>
#include <charconv>

#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::optional<double> parse_share(std::string_view text) noexcept {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool parse_pressure_share(std::string_view line, PressureShare& share) noexcept {
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    const auto [key, value] = split_at(word, '=');
    bool good = true;
    if (key == "avg10") good = store(share.avg10, parse_share(value));
    if (key == "avg60") good = store(share.avg60, parse_share(value));
    if (key == "avg300") good = store(share.avg300, parse_share(value));
    if (key == "total") good = store(share.total, parse_count(value));
    if (!good) return false;
  }
  return share.total.has_value();
}

}  // namespace

std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string_view take_word(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> parse_count(std::string_view text) noexcept {
  return core::parse_number<std::uint64_t>(core::trim(text));
}

std::optional<std::uint64_t> parse_racy_count(std::string_view text) noexcept {
  text = core::trim(text);
  if (!text.starts_with('-')) return core::parse_number<std::uint64_t>(text);
  return core::parse_number<std::int64_t>(text) ? std::optional<std::uint64_t>(0) : std::nullopt;
}

std::optional<std::int64_t> parse_signed(std::string_view text) noexcept {
  return core::parse_number<std::int64_t>(core::trim(text));
}

std::optional<Limit> parse_limit(std::string_view text) noexcept {
  text = core::trim(text);
  if (text == "max") return Limit();
  const auto number = core::parse_number<std::uint64_t>(text);
  return number ? std::optional(Limit(*number)) : std::nullopt;
}

KeyValue split_at(std::string_view text, char mark) noexcept {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool parse_list(std::string_view text, std::vector<std::uint32_t>& numbers) {
  constexpr std::size_t most = 65536;
  numbers.clear();
  text = core::trim(text);
  while (!text.empty()) {
    const auto [range, rest] = split_at(text, ',');
    const auto [low, high] = split_at(range, '-');
    const auto first = core::parse_number<std::uint32_t>(low);
    const auto last = range.size() == low.size() ? first : core::parse_number<std::uint32_t>(high);
    if (!first || !last || *first > *last || *last - *first >= most - numbers.size()) return false;
    for (std::uint32_t number = *first; number != *last + 1; ++number) numbers.push_back(number);
    text = rest;
  }
  return true;
}

bool parse_pressure(std::string_view text, Pressure& pressure) noexcept {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view kind = take_word(line);
    if (kind == "some" && !parse_pressure_share(line, pressure.some.emplace())) return false;
    if (kind == "full" && !parse_pressure_share(line, pressure.full.emplace())) return false;
  }
  return pressure.some || pressure.full;
}

}  // namespace crunc::cgroups
