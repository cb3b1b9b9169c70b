// SPDX-License-Identifier: Apache-2.0
// Sparklines.

#include "view/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace crunc::cli {
namespace {

constexpr std::size_t levels = 8;
constexpr std::array<std::string_view, levels> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, levels> signs{"_", ".", "-", ":", "=", "+", "*", "#"};

}  // namespace

Glyphs glyphs_of_environment() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string text = value;
    std::erase(text, '-');
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text.find("utf8") != std::string::npos ? Glyphs::unicode : Glyphs::ascii;
  }
  return Glyphs::ascii;
}

std::string sparkline(const std::deque<std::optional<double>>& numbers, std::size_t width, double full, Glyphs glyphs) {
  const std::size_t count = std::min(width, numbers.size());
  const auto begin = numbers.end() - static_cast<std::ptrdiff_t>(count);
  double top = full;
  for (auto at = begin; at != numbers.end(); ++at) top = std::max(top, at->value_or(0));
  std::string line(width - count, ' ');
  for (auto at = begin; at != numbers.end(); ++at) {
    if (!*at) {
      line += ' ';
      continue;
    }
    const auto level = static_cast<std::size_t>(std::max(0.0, **at) / top * levels);
    line += (glyphs == Glyphs::unicode ? blocks : signs)[std::min(level, levels - 1)];
  }
  return line;
}

}  // namespace crunc::cli
