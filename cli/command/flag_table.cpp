// SPDX-License-Identifier: Apache-2.0
// Flags as data.

#include "command/flag_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace crunc::cli {
namespace {

/// Takes the text up to the separator off the front.
std::string_view take_part(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

bool has_part(std::string_view text, char separator, std::string_view wanted) {
  while (!text.empty()) {
    if (take_part(text, separator) == wanted) return true;
  }
  return false;
}

/// Takes a text as it is.
template <class Store>
Flag::Take text_taker(Store store) {
  return [store](const std::string& typed) {
    store(typed);
    return std::string();
  };
}

/// Reads what would be written the same way; its text, as what is wrong with it, if it is none such.
template <class Plain, class Store>
Flag::Take number_reader(Store store) {
  return [store](const std::string& text) -> std::string {
    Plain value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || std::to_string(value) != text) return text;
    store(value);
    return {};
  };
}

}  // namespace

bool is_choice(std::string_view choices, std::string_view word) { return has_part(choices, '|', word); }

std::vector<std::string> Flag::each_name() const {
  std::vector<std::string> all;
  for (std::string_view rest = names; !rest.empty();) all.emplace_back(take_part(rest, ','));
  return all;
}

bool Flag::is_own_with(std::string_view typed) const {
  if (own_values == any_value) return !std::holds_alternative<bool*>(target) || typed != "false";
  return is_choice(own_values, typed);
}

Flag& FlagTable::add(Flag flag) { return flags_.emplace_back(std::move(flag)); }

Flag& FlagTable::add_repeatable(const char* names, Flag::Take take, const char* value, const char* description) {
  return add(
      {.names = names, .value = value, .description = description, .target = std::move(take), .is_repeatable = true});
}

Flag& FlagTable::add_reader(const char* names, Flag::Take take, const char* description) {
  return add({.names = names, .value = "N", .description = description, .target = std::move(take)});
}

Flag& FlagTable::add_flag(const char* names, bool& on, const char* description) {
  return add({.names = names, .value = {}, .description = description, .target = &on});
}

Flag& FlagTable::add_path(const char* names, Path& path, const char* description) {
  const auto take = text_taker([&path](const std::string& typed) { path = typed; });
  return add({.names = names, .value = "PATH", .description = description, .target = take});
}

Flag& FlagTable::add_text(const char* names, Text& text, const char* value, const char* description) {
  const auto take = text_taker([&text](const std::string& typed) { text = typed; });
  return add({.names = names, .value = value, .description = description, .target = take});
}

Flag& FlagTable::add_word(const char* names, std::string& word, const char* value, const char* description) {
  return add({.names = names, .value = value, .description = description, .target = &word});
}

Flag& FlagTable::add_choice(const char* names, std::string& word, const char* choices, const char* description) {
  const auto take = [&word, choices](const std::string& typed) {
    if (!is_choice(choices, typed)) return "\"" + typed + "\" is none of " + choices;
    word = typed;
    return std::string();
  };
  return add({.names = names, .value = choices, .description = description, .target = take});
}

Flag& FlagTable::add_each(const char* names, std::vector<std::string>& values, const char* value,
                          const char* description) {
  const auto take = text_taker([&values](const std::string& typed) { values.push_back(typed); });
  return add_repeatable(names, take, value, description);
}

Flag& FlagTable::add_each(const char* names, std::vector<std::uint32_t>& values, const char* value,
                          const char* description) {
  const auto take = number_reader<std::uint32_t>([&values](std::uint32_t number) { values.push_back(number); });
  return add_repeatable(names, take, value, description);
}

Flag& FlagTable::add_number(const char* names, int& number, const char* description) {
  return add_reader(names, number_reader<int>([&number](int value) { number = value; }), description);
}

Flag& FlagTable::add_number(const char* names, std::optional<std::uint16_t>& number, const char* description) {
  return add_reader(names, number_reader<std::uint16_t>([&number](std::uint16_t value) { number = value; }),
                    description);
}

Flag& FlagTable::add_number(const char* names, std::optional<std::int64_t>& number, const char* description) {
  return add_reader(names, number_reader<std::int64_t>([&number](std::int64_t value) { number = value; }), description);
}

Flag& FlagTable::add_number(const char* names, std::optional<std::uint64_t>& number, const char* description) {
  return add_reader(names, number_reader<std::uint64_t>([&number](std::uint64_t value) { number = value; }),
                    description);
}

Flag& FlagTable::add_number(const char* names, std::optional<std::chrono::microseconds>& time,
                            const char* description) {
  using Microseconds = std::chrono::microseconds;
  const auto take = number_reader<Microseconds::rep>([&time](Microseconds::rep value) { time = Microseconds(value); });
  return add_reader(names, take, description);
}

const Flag* FlagTable::find(std::string_view name) const {
  const auto found = std::ranges::find_if(flags_, [name](const Flag& flag) { return has_part(flag.names, ',', name); });
  return found == flags_.end() ? nullptr : &*found;
}

std::vector<std::string> FlagTable::names() const {
  std::vector<std::string> all;
  for (const Flag& flag : flags_) {
    for (std::string& each : flag.each_name()) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace crunc::cli
