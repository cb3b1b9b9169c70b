// SPDX-License-Identifier: Apache-2.0
// The flags of a verb as data: what help and completions tell of them, and where their values go.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <crunc/options.hpp>

namespace crunc::cli {

/// A flag as it is declared, in texts that last as long as the program.
struct Flag {
  /// Takes a value; what is wrong with it, or an empty text.
  using Take = std::function<std::string(const std::string&)>;
  /// A switch, a text that is taken as it is, or what reads each value. Nothing: it is only told of.
  using Target = std::variant<std::monostate, bool*, std::string*, Take>;

  /// For `own_values`: with any but the "false" of a switch.
  static constexpr std::string_view any_value = "*";

  std::string_view names;  ///< the long ones first: "--bundle,-b"
  std::string_view value;  ///< as help has it: "PATH", "table|json"; empty if it takes none
  std::string_view description;
  Target target{};
  std::string_view implied{};  ///< the value of one that takes none but what is stuck to it, "--stats=json"
  bool is_repeatable = false;  ///< said once for each value; else the last one counts
  /// Those that only crunc has, "wide|jsonl": with one the runtime's verb is crunc's own.
  std::string_view own_values{};

  [[nodiscard]] std::vector<std::string> each_name() const;
  [[nodiscard]] bool takes_next_word() const noexcept { return !value.empty() && implied.empty(); }
  [[nodiscard]] bool is_own_with(std::string_view typed) const;
};

/// Whether `word` is one of those in a text such as "table|json".
[[nodiscard]] bool is_choice(std::string_view choices, std::string_view word);

class FlagTable {
 public:
  /// Adds one. The reference is good until the next is added, here as below.
  Flag& add(Flag flag);
  /// A flag without a value.
  Flag& add_flag(const char* names, bool& on, const char* description);
  Flag& add_path(const char* names, Path& path, const char* description);
  Flag& add_text(const char* names, Text& text, const char* value, const char* description);
  /// A text whose value is looked at later, if at all.
  Flag& add_word(const char* names, std::string& word, const char* value, const char* description);
  /// A text that is one of some words, `choices` as in "table|json".
  Flag& add_choice(const char* names, std::string& word, const char* choices, const char* description);
  /// Flags that are said once for each value.
  Flag& add_each(const char* names, std::vector<std::string>& values, const char* value, const char* description);
  Flag& add_each(const char* names, std::vector<std::uint32_t>& values, const char* value, const char* description);
  /// Numbers, of which a length of time is one in its unit. Only what would be written the same way is read: "0x10",
  /// "010" and "512m" are for the runtime.
  Flag& add_number(const char* names, int& number, const char* description);
  Flag& add_number(const char* names, std::optional<std::uint16_t>& number, const char* description);
  Flag& add_number(const char* names, std::optional<std::int64_t>& number, const char* description);
  Flag& add_number(const char* names, std::optional<std::uint64_t>& number, const char* description);
  Flag& add_number(const char* names, std::optional<std::chrono::microseconds>& time, const char* description);

  [[nodiscard]] const std::vector<Flag>& flags() const noexcept { return flags_; }
  /// The flag of this name, "--bundle" or "-b"; null if there is none.
  [[nodiscard]] const Flag* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  Flag& add_repeatable(const char* names, Flag::Take take, const char* value, const char* description);
  Flag& add_reader(const char* names, Flag::Take take, const char* description);

  std::vector<Flag> flags_{};
};

}  // namespace crunc::cli
