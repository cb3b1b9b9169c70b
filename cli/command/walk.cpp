// SPDX-License-Identifier: Apache-2.0
// Where runc's rules and CLI11's differ.

#include "command/walk.hpp"

namespace crunc::cli {

Walk::Walk(const FlagTable& flags, const Tokens& words, bool operands_end_flags, Timeout& timeout)
    : flags_(flags), words_(words), operands_end_flags_(operands_end_flags), timeout_(timeout) {
  while (at_ < words_.size() && !ended_) take_word(words_[at_++]);
  typed_.insert(typed_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
}

void Walk::take_word(const std::string& word) {
  if (word == "--timeout" || word.starts_with("--timeout=")) return take_timeout(word);
  typed_.push_back(word);
  if (word == "--") {
    ended_ = true;
    understood_ = false;
  } else if (word.size() > 1 && word.front() == '-') {
    take_flag(word);
  } else {
    if (first_operand_.empty()) first_operand_ = word;
    take_operand();
  }
}

/// runc sorts flags to the front, and with a flag the word behind it, even if the flag takes none: `kill web --all
/// KILL` signals the container KILL, and `run -d web -b X` has three operands.
void Walk::take_operand() {
  if (behind_switch_ && operand_) understood_ = false;
  if (behind_switch_) drawn_ = true;
  behind_switch_ = false;
  operand_ = true;
  ended_ = operands_end_flags_;
}

void Walk::take_timeout(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos && at_ == words_.size()) throw UsageError{"--timeout: its value is missing"};
  timeout_ = parse_timeout(equals == std::string::npos ? words_[at_++] : word.substr(equals + 1));
}

void Walk::take_flag(const std::string& word) {
  if (drawn_) understood_ = false;
  behind_switch_ = false;
  const std::size_t equals = word.find('=');
  const Flag* const flag = flags_.find(word.substr(0, equals));
  if (flag == nullptr && unknown_flag_.empty() && word.starts_with("--")) unknown_flag_ = word.substr(0, equals);
  // CLI11 reads "-name" and "-n=v" as short flags with something stuck to them.
  if (flag == nullptr || (word.size() > 2 && word[1] != '-')) {
    understood_ = false;
    return;
  }
  // The second of one flag replaces the first, or is an error if they are spelled differently.
  if (!flag->is_repeatable && !seen_.insert(flag).second) understood_ = false;
  std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (flag->takes_next_word()) {
    if (equals == std::string::npos && at_ < words_.size()) typed_.push_back(value = words_[at_++]);
    if (value.empty()) understood_ = false;  // CLI11 would take the next word
  } else {
    behind_switch_ = equals == std::string::npos;
    // CLI11 takes "yes" and any number for true. A flag of crunc's own may take words: it has a type.
    if (flag->value.empty() && equals != std::string::npos && value != "true" && value != "false") understood_ = false;
  }
  take_value(*flag, value);
}

/// The last value is the one that counts, for the runtime as for crunc.
void Walk::take_value(const Flag& flag, const std::string& value) {
  if (flag.is_own_with(value)) {
    own_.insert(&flag);
  } else {
    own_.erase(&flag);
  }
}

}  // namespace crunc::cli
