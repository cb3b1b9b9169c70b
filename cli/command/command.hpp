// SPDX-License-Identifier: Apache-2.0
// A verb of the command line: which flags it has, and which call of the library it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <crunc/runc.hpp>

#include "command_line.hpp"

namespace crunc::cli {

/// What help says of a verb, besides its flags.
struct Help {
  const char* usage;        ///< behind "crunc [global options]"
  const char* description;  ///< one paragraph
  const char* examples;     ///< lines
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

/// What becomes of a command line.
struct Call {
  Tokens tokens;  ///< for the runtime
  Timeout timeout{};
  std::optional<std::string> help{};     ///< instead of a call
  std::optional<Tokens> own_operands{};  ///< instead of a call: Command::run() with these
};

/// Parse what stands behind a known verb. Whatever runc would refuse goes on as typed, for runc to refuse.
/// Throws UsageError.
[[nodiscard]] Call parse_command(const CommandLine& line, Command& command);

std::unique_ptr<Command> make_create();
std::unique_ptr<Command> make_delete();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_exec();
std::unique_ptr<Command> make_kill();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_start();
std::unique_ptr<Command> make_state();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_top();

/// Binds a path of the library's options.
CLI::Option* add_path(CLI::App& app, const char* names, Path& path, const char* description);
/// Binds a text of the library's options.
CLI::Option* add_text(CLI::App& app, const char* names, Text& text, const char* description);
/// Binds a flag that may be said more than once.
CLI::Option* add_flag(CLI::App& app, const char* names, bool& flag, const char* description);

}  // namespace crunc::cli
