// SPDX-License-Identifier: Apache-2.0
// Numbers as the views print them.

#include "view/figures.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace crunc::cli {
namespace {

std::string fixed(double number, int digits) {
  std::array<char, 350> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed, digits).ptr;
  return {buffer.data(), end};
}

}  // namespace

std::string percent_text(const std::optional<double>& percent) { return percent ? fixed(*percent, 1) : no_figure; }

std::string bytes_text(const std::optional<double>& bytes) {
  if (!bytes) return no_figure;
  constexpr std::string_view units = "BKMGTPE";
  double number = *bytes;
  std::size_t unit = 0;
  while (number >= 1023.5 && unit + 1 < units.size()) {
    number /= 1024;
    ++unit;
  }
  return fixed(number, unit > 0 && number < 9.95 ? 1 : 0) + units[unit];
}

std::string bytes_text(const std::optional<std::uint64_t>& bytes) {
  return bytes_text(bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt);
}

std::string count_text(const std::optional<std::uint64_t>& count) { return count ? std::to_string(*count) : no_figure; }

std::string cpu_time_text(std::chrono::nanoseconds time) {
  const auto hundredths = time.count() / 10'000'000;
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%lld:%02d.%02d", static_cast<long long>(hundredths / 6000),
                static_cast<int>(hundredths / 100 % 60), static_cast<int>(hundredths % 100));
  return buffer.data();
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto since_1970 = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_1970);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  std::array<char, 32> buffer{};
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(buffer.data() + length, buffer.size() - length, ".%03dZ",
                static_cast<int>((since_1970 - seconds).count()));
  return buffer.data();
}

}  // namespace crunc::cli
