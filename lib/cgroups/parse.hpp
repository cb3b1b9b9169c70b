// SPDX-License-Identifier: Apache-2.0
// The few forms in which the kernel prints numbers of cgroups. Pure; nothing allocates.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <crunc/limit.hpp>
#include <crunc/stats.hpp>

namespace crunc::cgroups {

/// The first line of `rest` without its end, which is taken off.
[[nodiscard]] std::string_view take_line(std::string_view& rest) noexcept;

/// The first word of `rest`, between blanks; empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& rest) noexcept;

/// A decimal number with blanks around it at most.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;
/// The same; a negative one is 0: some counters of memory.stat pass below zero for a moment.
[[nodiscard]] std::optional<std::uint64_t> parse_racy_count(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::int64_t> parse_signed(std::string_view text) noexcept;
/// A number, or "max".
[[nodiscard]] std::optional<Limit> parse_limit(std::string_view text) noexcept;

/// "key value" or "key=value" in two; the value is empty where there is none.
struct KeyValue {
  std::string_view key;
  std::string_view value;
};
[[nodiscard]] KeyValue split_at(std::string_view text, char mark) noexcept;

/// Calls `each(key, value)` for every line "key value" that is not blank, until one returns false. Whether all did.
template <class Each>
[[nodiscard]] bool each_flat(std::string_view text, Each&& each) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view key = take_word(line);
    if (!key.empty() && !each(key, line)) return false;
  }
  return true;
}

/// One number where a key is awaited: stores it and says whether it was one.
template <class Target, class Number>
[[nodiscard]] bool store(Target& target, const std::optional<Number>& number) {
  if (number) target = Target(*number);
  return number.has_value();
}

/// "0-3,5" in full; nothing for what is no such list, or one of more than 64 Ki numbers.
[[nodiscard]] bool parse_list(std::string_view text, std::vector<std::uint32_t>& numbers);

/// A file of pressure: lines "some|full avg10=F avg60=F avg300=F total=N". Others are passed over.
[[nodiscard]] bool parse_pressure(std::string_view text, Pressure& pressure) noexcept;

}  // namespace crunc::cgroups
