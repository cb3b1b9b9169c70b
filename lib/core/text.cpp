// SPDX-License-Identifier: Apache-2.0
// Reading of short texts.

#include "core/text.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace crunc::core {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

// Not std::tolower: the runtimes' words are ASCII whatever the locale says.
char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char ascii_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string mapped(std::string_view text, char (*map)(char) noexcept) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), map);
  return result;
}

/// Takes `width` digits off the front of `text` as a number; nothing if they are not there.
std::optional<int> take_digits(std::string_view& text, std::size_t width) noexcept {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take_char(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) noexcept {
  if (!take_char(text, ".")) return std::chrono::nanoseconds::zero();
  long value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 9) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) value *= 10;
  return std::chrono::nanoseconds(value);
}

/// "Z" or "+hh:mm", which must be all that is left.
std::optional<std::chrono::minutes> take_offset(std::string_view text) noexcept {
  if (text == "Z" || text == "z") return std::chrono::minutes::zero();
  const bool behind = !text.empty() && text.front() == '-';
  if (!take_char(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take_char(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return behind ? -offset : offset;
}

/// A byte of ASCII, or one that is no UTF-8.
void append_quoted(std::string& into, char c) {
  static constexpr std::string_view hex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    into += {'\\', c};
  } else if (c == '\n') {
    into += "\\n";
  } else if (c == '\t') {
    into += "\\t";
  } else if (byte < 0x20 || byte >= 0x7f) {
    into += {'\\', 'x', hex[byte >> 4U], hex[byte & 0xFU]};
  } else {
    into += c;
  }
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string to_lower(std::string_view text) { return mapped(text, ascii_lower); }
std::string to_upper(std::string_view text) { return mapped(text, ascii_upper); }

std::string quote(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    // U+0080 to U+009F are control characters, too.
    const bool is_plain = length > 1 && (text[0] != '\xc2' || text[1] >= '\xa0');
    if (is_plain) {
      result += text.substr(0, length);
    } else {
      append_quoted(result, text.front());
    }
    text.remove_prefix(is_plain ? length : 1);
  }
  return result + '"';
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 120;
  return quote(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> parse_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take_char(text, "-")) return std::nullopt;
  const auto mo = take_digits(text, 2);
  if (!mo || !take_char(text, "-")) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || !take_char(text, "Tt ")) return std::nullopt;
  const auto h = take_digits(text, 2);
  if (!h || !take_char(text, ":")) return std::nullopt;
  const auto mi = take_digits(text, 2);
  if (!mi || !take_char(text, ":")) return std::nullopt;
  const auto s = take_digits(text, 2);
  if (!s) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  // nanoseconds since 1970 in 64 bits end in 2262; Go's zero time of the year 1 is no time.
  if (!offset || !date.ok() || *h > 23 || *mi > 59 || *s > 60 || *y < 1678 || *y > 2261) return std::nullopt;
  return sys_time<nanoseconds>(sys_days(date)) + hours(*h) + minutes(*mi) + seconds(*s) + *fraction - *offset;
}

}  // namespace crunc::core
