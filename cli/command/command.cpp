// SPDX-License-Identifier: Apache-2.0
// Parsing of a verb's arguments by CLI11, to runc's rules: where the two differ the tokens go on as typed.

#include "command/command.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "suggest.hpp"

namespace crunc::cli {
namespace {

using Maker = std::unique_ptr<Command> (*)();

constexpr auto makers = std::to_array<std::pair<std::string_view, Maker>>({
    {"checkpoint", make_checkpoint},
    {"create", make_create},
    {"delete", make_delete},
    {"doctor", make_doctor},
    {"events", make_events},
    {"exec", make_exec},
    {"features", make_features},
    {"kill", make_kill},
    {"list", make_list},
    {"pause", make_pause},
    {"ps", make_ps},
    {"restore", make_restore},
    {"resume", make_resume},
    {"run", make_run},
    {"spec", make_spec},
    {"start", make_start},
    {"state", make_state},
    {"stats", make_stats},
    {"top", make_top},
    {"update", make_update},
    {"wait", make_wait},
});

std::string help_text(const CLI::App& app, const Help& help) {
  std::string text = "Usage: crunc [global options] " + std::string(help.usage) + "\n\n" + help.description +
                     "\n\nExamples:\n" + help.examples + "\nOptions:\n";
  for (const CLI::Option* const option : app.get_options()) {
    std::string names = option->get_name(false, true);
    if (!option->get_type_name().empty()) names += " " + option->get_type_name();
    names.resize(std::max<std::size_t>(names.size() + 2, 32), ' ');
    text += "  " + names + option->get_description() + "\n";
  }
  if (help.exit_status != nullptr) return text + "\nExit status: " + help.exit_status + "\n";
  return text +
         "\nExit status: the runtime's own; 124 when --timeout ended it, 127 and 126 when there is no runtime or it "
         "cannot be\nexecuted, 2 for a mistake in an option of crunc's own.\n";
}

/// Walks the words behind a verb as runc does: --timeout, which it must not see, is taken out, and what it would read
/// otherwise than CLI11 is noticed.
class Walk {
 public:
  Walk(const CLI::App& app, const Tokens& words, bool operands_end_flags, Timeout& timeout)
      : app_(app), words_(words), operands_end_flags_(operands_end_flags), timeout_(timeout) {
    while (at_ < words_.size() && !ended_) take_word(words_[at_++]);
    typed_.insert(typed_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
  }

  [[nodiscard]] const Tokens& typed() const noexcept { return typed_; }
  [[nodiscard]] bool understood() const noexcept { return understood_; }
  [[nodiscard]] const std::string& first_operand() const noexcept { return first_operand_; }
  /// The first flag that is none of the verb's, without its value.
  [[nodiscard]] const std::string& unknown_flag() const noexcept { return unknown_flag_; }

 private:
  void take_word(const std::string& word) {
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
  void take_operand() {
    if (behind_switch_ && operand_) understood_ = false;
    if (behind_switch_) drawn_ = true;
    behind_switch_ = false;
    operand_ = true;
    ended_ = operands_end_flags_;
  }

  void take_timeout(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos && at_ == words_.size()) throw UsageError{"--timeout: its value is missing"};
    timeout_ = parse_timeout(equals == std::string::npos ? words_[at_++] : word.substr(equals + 1));
  }

  void take_flag(const std::string& word) {
    if (drawn_) understood_ = false;
    behind_switch_ = false;
    const std::size_t equals = word.find('=');
    const CLI::Option* const option = app_.get_option_no_throw(word.substr(0, equals));
    if (option == nullptr && unknown_flag_.empty() && word.starts_with("--")) unknown_flag_ = word.substr(0, equals);
    // CLI11 reads "-name" and "-n=v" as short flags with something stuck to them.
    if (option == nullptr || (word.size() > 2 && word[1] != '-')) {
      understood_ = false;
      return;
    }
    // The second of one flag replaces the first, or is an error if they are spelled differently.
    const bool repeatable = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    if (!repeatable && !seen_.insert(option).second) understood_ = false;
    std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (option->get_items_expected_max() == 0) {
      behind_switch_ = equals == std::string::npos;
      // CLI11 takes "yes" and any number for true. A flag of crunc's own may take words: it has a type.
      if (option->get_type_name().empty() && equals != std::string::npos && value != "true" && value != "false")
        understood_ = false;
      return;
    }
    if (equals == std::string::npos && at_ < words_.size()) typed_.push_back(value = words_[at_++]);
    if (value.empty()) understood_ = false;  // CLI11 would take the next word
  }

  const CLI::App& app_;
  const Tokens& words_;
  const bool operands_end_flags_;
  Timeout& timeout_;
  Tokens typed_{};
  std::set<const CLI::Option*> seen_{};
  std::string first_operand_{};
  std::string unknown_flag_{};
  std::size_t at_ = 0;
  bool ended_ = false;
  bool understood_ = true;
  bool operand_ = false;        ///< there was one
  bool behind_switch_ = false;  ///< the last word was a flag without a value
  bool drawn_ = false;          ///< runc puts the first operand among the flags
};

/// Parses the flags of a verb of the runtime's; the operands, or nothing if the runtime must see for itself.
std::optional<Tokens> parse_flags(CLI::App& app, const Tokens& typed, bool operands_end_flags) {
  if (operands_end_flags) {
    app.prefix_command();
  } else {
    app.allow_extras();
  }
  try {
    app.parse(Tokens(typed.rbegin(), typed.rend()));
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  return app.remaining();
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& each : option->get_lnames()) names.push_back("--" + each);
    for (const std::string& each : option->get_snames()) names.push_back("-" + each);
  }
  return names;
}

/// Parses the flags of a verb of crunc's own, for which there is nobody else to complain; the operands.
Tokens parse_own_flags(CLI::App& app, const std::string& verb, const Tokens& typed) {
  app.allow_extras();
  try {
    app.parse(Tokens(typed.rbegin(), typed.rend()));
  } catch (const CLI::ParseError& error) {
    throw UsageError{verb + ": " + error.what()};
  }
  Tokens operands = app.remaining();
  for (const std::string& each : operands) {
    if (each.size() < 2 || each.front() != '-') continue;
    const auto similar = most_similar(each.substr(0, each.find('=')), flags_of(app));
    throw UsageError{verb + ": there is no option " + each + (similar ? "; did you mean `" + *similar + "`?" : "")};
  }
  return operands;
}

}  // namespace

std::unique_ptr<Command> make_command(std::string_view verb) {
  for (const auto& [name, make] : makers) {
    if (name == verb) return make();
  }
  return nullptr;
}

std::vector<std::string> known_verbs() {
  std::vector<std::string> names{"help", "version"};
  for (const auto& [name, make] : makers) names.emplace_back(name);
  return names;
}

void declare_all(CLI::App& app, Command& command, bool& help) {
  app.set_help_flag();
  command.declare(app);
  add_flag(app, "--help,-h", help, "show this");
  app.add_option("--timeout", CLI::callback_t{}, "end the runtime after DURATION (500ms, 30s, 1m30s); exit status 124")
      ->type_name("DURATION");
}

std::string help_of(Command& command) {
  CLI::App app;
  bool help = false;
  declare_all(app, command, help);
  return help_text(app, command.help());
}

Call parse_command(const CommandLine& line, Command& command) {
  CLI::App app;
  bool help = false;
  declare_all(app, command, help);

  Call call;
  call.timeout = line.timeout;
  const bool prefix = command.operands_end_flags();
  const Walk walk(app, line.arguments, prefix, call.timeout);
  call.first_operand = walk.first_operand();
  call.unknown_flag = walk.unknown_flag();
  if (!call.unknown_flag.empty()) call.flags = flags_of(app);
  std::optional<Tokens> operands{};
  const Runc runc(line.options);
  const bool missing = !command.is_own() && command.is_missing_in(runc);
  if (missing || command.is_own()) {
    operands = parse_own_flags(app, line.verb, walk.typed());
  } else if (walk.understood()) {
    operands = parse_flags(app, walk.typed(), prefix);
  }
  const bool is_probe = help && command.is_probed_by_help() && ::isatty(STDOUT_FILENO) == 0;
  if (operands && help && !is_probe) {
    call.help = help_text(app, command.help());
    return call;
  }
  if (operands && (missing || command.is_own())) {
    call.own_operands = std::move(operands);
    return call;
  }
  if (operands && line.understood && !is_probe) {
    const auto argv = command.argv(runc, *operands);
    if (argv && argv->has_value()) {
      call.tokens.assign((**argv).begin() + 1, (**argv).end());
      return call;
    }
  }
  CommandLine rest = line;
  rest.arguments = walk.typed();
  call.tokens = rest.as_typed();
  return call;
}

CLI::Option* add_path(CLI::App& app, const char* names, Path& path, const char* description) {
  return app
      .add_option_function<std::string>(
          names, [&path](const std::string& value) { path = value; }, description)
      ->type_name("PATH")
      ->take_last();
}

CLI::Option* add_text(CLI::App& app, const char* names, Text& text, const char* description) {
  return app
      .add_option_function<std::string>(
          names, [&text](const std::string& value) { text = value; }, description)
      ->type_name("TEXT")
      ->take_last();
}

CLI::Option* add_choice(CLI::App& app, const char* names, std::string& word, const char* choices,
                        const char* description) {
  const auto why_not = [all = "|" + std::string(choices) + "|"](const std::string& typed) {
    const bool is_one = typed.find('|') == typed.npos && all.find("|" + typed + "|") != all.npos;
    return is_one ? std::string() : "\"" + typed + "\" is none of " + all.substr(1, all.size() - 2);
  };
  return app.add_option(names, word, description)->type_name(choices)->check(why_not)->take_last();
}

CLI::Option* add_flag(CLI::App& app, const char* names, bool& flag, const char* description) {
  return app.add_flag(names, flag, description)->take_last();
}

}  // namespace crunc::cli
