// SPDX-License-Identifier: Apache-2.0
// The words behind a verb, looked at as runc does.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "command/flag_table.hpp"
#include "command_line.hpp"

namespace crunc::cli {

/// Walks the words behind a verb as runc does: --timeout, which it must not see, is taken out, and what it would read
/// otherwise than parse_flags() is noticed.
class Walk {
 public:
  /// @param timeout  set by --timeout
  /// Throws UsageError.
  Walk(const FlagTable& flags, const Tokens& words, bool operands_end_flags, Timeout& timeout);

  [[nodiscard]] const Tokens& typed() const noexcept { return typed_; }
  [[nodiscard]] bool understood() const noexcept { return understood_; }
  /// Whether there is an option that only crunc has.
  [[nodiscard]] bool has_own_flag() const noexcept { return !own_.empty(); }
  [[nodiscard]] const std::string& first_operand() const noexcept { return first_operand_; }
  /// The first flag that is none of the verb's, without its value.
  [[nodiscard]] const std::string& unknown_flag() const noexcept { return unknown_flag_; }

 private:
  void take_word(const std::string& word);
  void take_operand();
  void take_timeout(const std::string& word);
  void take_flag(const std::string& word);
  void take_value(const Flag& flag, const std::string& value);

  const FlagTable& flags_;
  const Tokens& words_;
  const bool operands_end_flags_;
  Timeout& timeout_;
  Tokens typed_{};
  std::set<const Flag*> seen_{};
  std::set<const Flag*> own_{};  ///< with a value that only crunc has
  std::string first_operand_{};
  std::string unknown_flag_{};
  std::size_t at_ = 0;
  bool ended_ = false;
  bool understood_ = true;
  bool operand_ = false;        ///< there was one
  bool behind_switch_ = false;  ///< the last word was a flag without a value
  bool drawn_ = false;          ///< runc puts the first operand among the flags
};

}  // namespace crunc::cli
