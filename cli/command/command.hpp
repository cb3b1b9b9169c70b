// SPDX-License-Identifier: Apache-2.0
// A verb of the command line: which flags it has, and which call of the library it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/runc.hpp>

#include "command/flag_table.hpp"
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
  virtual void declare(FlagTable& flags) = 0;
  /// The first operand ends the flags, and everything behind it is the process'.
  [[nodiscard]] virtual bool operands_end_flags() const { return false; }
  /// Programs ask by --help whether the runtime has this verb (podman does), so only a person gets crunc's own help.
  [[nodiscard]] virtual bool is_probed_by_help() const { return false; }
  /// The call of these operands and of what declare() has read; nothing if it is none that the library can make.
  [[nodiscard]] virtual std::optional<Result<Tokens>> argv(const Runc&, const Tokens&) const { return std::nullopt; }

  /// Whether no runtime has this verb. It is crunc's own to do then, as a runtime's verb is with an option that only
  /// crunc has (Flag::own_values). Only for these is run() called, and a mistake a UsageError.
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
void declare_all(FlagTable& flags, Command& command, bool& help);

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
/// @param runc  of the line's options
/// Throws UsageError.
[[nodiscard]] Call parse_command(const CommandLine& line, Command& command, const Runc& runc);

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

}  // namespace crunc::cli
