// SPDX-License-Identifier: Apache-2.0
// JSON lines of the views.

#include "view/json_line.hpp"

#include <array>
#include <charconv>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace crunc::cli {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How long the UTF-8 sequence is that begins here; 0 if there is none that is whole.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

/// A process may have any bytes for its name, JSON takes UTF-8 alone.
std::string utf8(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    clean += length == 0 ? replacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

}  // namespace

JsonLine& JsonLine::add(std::string_view key, std::string_view text) {
  put_key(key);
  line_ += boost::json::serialize(boost::json::string(utf8(text)));
  return *this;
}

JsonLine& JsonLine::add(std::string_view key, double number) {
  put_key(key);
  std::array<char, 350> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed, 2).ptr;
  line_.append(buffer.data(), end);
  return *this;
}

void JsonLine::put_key(std::string_view key) {
  line_ += line_.empty() ? "{\"" : ",\"";
  line_.append(key) += "\":";
}

}  // namespace crunc::cli
