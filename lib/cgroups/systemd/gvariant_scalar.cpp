// SPDX-License-Identifier: Apache-2.0
// The single values of GVariant's text format: numbers and strings, strictly.

#include "cgroups/systemd/gvariant_scalar.hpp"

#include <charconv>
#include <limits>
#include <system_error>

#include "core/utf8.hpp"

namespace crunc::cgroups::systemd {
namespace {

/// All of `text` as a number.
template <class Number, class Format>
std::optional<Number> parse_whole(std::string_view text, Format format) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, format);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_magnitude(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
  }
  return parse_whole<std::uint64_t>(text, base);
}

/// The greatest value, and how far it goes below 0.
struct Range {
  std::uint64_t most = 0;
  std::uint64_t below = 0;
};

template <class Number>
Range range_of() {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
  return {most, std::numeric_limits<Number>::min() < 0 ? most + 1 : 0};
}

/// Nothing for what is no type of integers.
std::optional<Range> range_of(char type) {
  switch (type) {
    case 'y': return range_of<std::uint8_t>();
    case 'n': return range_of<std::int16_t>();
    case 'q': return range_of<std::uint16_t>();
    case 'i': return range_of<std::int32_t>();
    case 'u': return range_of<std::uint32_t>();
    case 'x': return range_of<std::int64_t>();
    case 't': return range_of<std::uint64_t>();
    default: return std::nullopt;
  }
}

/// Appends the code point that `digits` hexadecimal digits are.
bool take_code_point(std::string& text, std::string_view& rest, std::size_t digits) {
  if (rest.size() < digits) return false;
  const auto code = parse_whole<std::uint32_t>(rest.substr(0, digits), 16);
  if (!code || *code == 0 || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return false;
  core::append_utf8(text, *code);
  rest.remove_prefix(digits);
  return true;
}

/// What follows a backslash.
bool take_escape(std::string& text, std::string_view& rest) {
  constexpr std::string_view names = "abfnrtv\\'\"";
  constexpr std::string_view values = "\a\b\f\n\r\t\v\\'\"";
  if (rest.empty()) return false;
  const char name = rest.front();
  rest.remove_prefix(1);
  if (name == 'u') return take_code_point(text, rest, 4);
  if (name == 'U') return take_code_point(text, rest, 8);
  if (name == '\n') return true;  // a line that goes on
  const std::size_t found = names.find(name);
  if (found == std::string_view::npos) return false;
  text += values[found];
  return true;
}

}  // namespace

std::optional<GVariant::Item> parse_gvariant_number(std::string_view text, char type) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  if (type == 'd') {
    const auto value = parse_whole<double>(text, std::chars_format::general);
    return value ? std::optional<GVariant::Item>(is_negative ? -*value : *value) : std::nullopt;
  }
  const auto magnitude = parse_magnitude(text);
  const std::optional<Range> range = range_of(type);
  if (!magnitude || !range || *magnitude > (is_negative ? range->below : range->most)) return std::nullopt;
  if (type == 't') return *magnitude;
  return static_cast<std::int64_t>(is_negative ? 0 - *magnitude : *magnitude);
}

bool looks_like_double(std::string_view text) noexcept {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("0x") || text.starts_with("0X")) return false;
  return text == "inf" || text == "nan" || text.find_first_of(".eE") != std::string_view::npos;
}

std::optional<std::string> take_gvariant_string(std::string_view& rest) {
  const char quote = rest.front();
  rest.remove_prefix(1);
  std::string text;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == quote) return core::is_utf8(text) ? std::optional(text) : std::nullopt;
    if (c == '\0') return std::nullopt;
    if (c != '\\') {
      text += c;
    } else if (!take_escape(text, rest)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace crunc::cgroups::systemd
