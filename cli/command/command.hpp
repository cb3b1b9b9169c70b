// SPDX-License-Identifier: Apache-2.0
// A verb of the command line: which flags it has, and which call of the library it is.
#pragma once

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/App.hpp>
#include <crunc/runc.hpp>

#include "command_line.hpp"

namespace crunc::cli {

/// What help says of a verb, besides its flags.
struct Help {
  const char* usage;                  ///< behind "crunc [global options]"
  const char* description;            ///< one paragraph
  const char* examples;               ///< lines
  const char* exit_status = nullptr;  ///< of a verb of crunc's own
};

/// What a verb of crunc's own works with.
struct Surroundings {
  const Runc& runc;
  Tokens operands;
  Timeout timeout{};
};

class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  [[nodiscard]] virtual Help help() const = 0;
  /// Declare the verb's flags, bound to options of this object.
  virtual void declare(CLI::App& app) = 0;
  /// The first operand ends the flags, and everything behind it is the process'.
  [[nodiscard]] virtual bool operands_end_flags() const { return false; }
  /// Programs ask by --help whether the runtime has this verb (podman does), so only a person gets crunc's own help.
  [[nodiscard]] virtual bool is_probed_by_help() const { return false; }
  /// The call of these operands and of what declare() has read; nothing if it is none that the library can make.
  [[nodiscard]] virtual std::optional<Result<Tokens>> argv(const Runc&, const Tokens&) const { return std::nullopt; }

  /// Whether what declare() has read is crunc's own to do: always for a verb that no runtime has, and for a runtime's
  /// verb with an option that only crunc has. Only then is run() called, and a mistake a UsageError.
  [[nodiscard]] virtual bool is_own() const { return false; }
  /// Whether this runtime lacks the verb, and crunc has it. Asked only of verbs that are not crunc's own already.
  [[nodiscard]] virtual bool is_missing_in(const Runc&) const { return false; }
  /// Does it, and gives crunc's exit status. Throws UsageError.
  [[nodiscard]] virtual int run(const Surroundings&) { return 1; }
};

/// A verb that no runtime has.
class OwnCommand : public Command {
 public:
  [[nodiscard]] bool is_own() const final { return true; }
};

/// The verb of this name; nothing for those that the runtime gets as typed.
[[nodiscard]] std::unique_ptr<Command> make_command(std::string_view verb);

/// The names of all verbs, the runtime's (runc) and crunc's own.
[[nodiscard]] std::vector<std::string> known_verbs();

/// Declares a verb's flags, and those that all verbs have.
void declare_all(CLI::App& app, Command& command, bool& help);

/// What `VERB --help` says.
[[nodiscard]] std::string help_of(Command& command);

/// What becomes of a command line.
struct Call {
  Tokens tokens;  ///< for the runtime
  Timeout timeout{};
  std::optional<std::string> help{};     ///< instead of a call
  std::optional<Tokens> own_operands{};  ///< instead of a call: Command::run() with these
  // For hints after a call that failed.
  std::string first_operand{};       ///< mostly an id
  std::string unknown_flag{};        ///< the first, as typed but for its value
  std::vector<std::string> flags{};  ///< those that the verb has, if there is an unknown one
};

/// Parse what stands behind a known verb. Whatever runc would refuse goes on as typed, for runc to refuse.
/// Throws UsageError.
[[nodiscard]] Call parse_command(const CommandLine& line, Command& command);

std::unique_ptr<Command> make_checkpoint();
std::unique_ptr<Command> make_create();
std::unique_ptr<Command> make_delete();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_exec();
std::unique_ptr<Command> make_features();
std::unique_ptr<Command> make_kill();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_pause();
std::unique_ptr<Command> make_ps();
std::unique_ptr<Command> make_restore();
std::unique_ptr<Command> make_resume();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_spec();
std::unique_ptr<Command> make_start();
std::unique_ptr<Command> make_state();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_top();
std::unique_ptr<Command> make_update();
std::unique_ptr<Command> make_wait();

/// The number that a length of time is a multiple by; of a number itself.
template <class T>
struct PlainNumber {
  using type = T;
};
template <class Rep, class Period>
struct PlainNumber<std::chrono::duration<Rep, Period>> {
  using type = Rep;
};

/// Binds a path of the library's options.
CLI::Option* add_path(CLI::App& app, const char* names, Path& path, const char* description);
/// Binds a text of the library's options.
CLI::Option* add_text(CLI::App& app, const char* names, Text& text, const char* description);
/// Binds a text that is one of some words, `choices` as in "table|json", of a verb of crunc's own.
CLI::Option* add_choice(CLI::App& app, const char* names, std::string& word, const char* choices,
                        const char* description);
/// Binds a flag that may be said more than once.
CLI::Option* add_flag(CLI::App& app, const char* names, bool& flag, const char* description);

/// Binds a flag that is said once for each value, and takes no more than one.
template <class T>
CLI::Option* add_each(CLI::App& app, const char* names, std::vector<T>& values, const char* description) {
  return app.add_option(names, values, description)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

/// Binds a number of the library's options, which may be a length of time in that unit. Only what it would write the
/// same way is one: "0x10", "010" and "512m" are for the runtime to read.
template <class Number>
CLI::Option* add_number(CLI::App& app, const char* name, std::optional<Number>& number, const char* description) {
  const auto read = [&number, name](const std::string& text) {
    using Plain = typename PlainNumber<Number>::type;
    Plain value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || std::to_string(value) != text) throw CLI::ValidationError(name, text);
    number = Number(value);
  };
  return app.add_option_function<std::string>(name, read, description)->type_name("N")->take_last();
}

}  // namespace crunc::cli
