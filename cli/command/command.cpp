// SPDX-License-Identifier: Apache-2.0
// Which verbs there are, and what becomes of what is typed behind them.

#include "command/command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include "command/flag_parser.hpp"
#include "command/walk.hpp"
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

/// "-b,--bundle"
std::string names_for_help(const Flag& flag) {
  std::string text;
  std::vector<std::string> names = flag.each_name();
  // Not the one of std::ranges, which clang 14 cannot compile with libstdc++ 12.
  std::stable_partition(names.begin(), names.end(), [](const std::string& name) { return !name.starts_with("--"); });
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ",") + name;
    if (!flag.implied.empty()) text.append("{").append(flag.implied).append("}");
  }
  if (!flag.value.empty()) text.append(" ").append(flag.value);
  return text;
}

std::string help_text(const FlagTable& flags, const Help& help) {
  std::string text = "Usage: crunc [global options] " + std::string(help.usage) + "\n\n" + help.description +
                     "\n\nExamples:\n" + help.examples + "\nOptions:\n";
  for (const Flag& flag : flags.flags()) {
    std::string names = names_for_help(flag);
    names.resize(std::max<std::size_t>(names.size() + 2, 32), ' ');
    text.append("  ").append(names).append(flag.description).append("\n");
  }
  if (help.exit_status != nullptr) return text + "\nExit status: " + help.exit_status + "\n";
  return text +
         "\nExit status: the runtime's own; 124 when --timeout ended it, 127 and 126 when there is no runtime or it "
         "cannot be\nexecuted, 2 for a mistake in an option of crunc's own.\n";
}

/// The operands of a verb of the runtime's, or nothing if the runtime must see for itself.
std::optional<Tokens> parse_for_runtime(const FlagTable& flags, const Walk& walk, bool operands_end_flags) {
  if (!walk.understood()) return std::nullopt;
  try {
    return parse_flags(flags, walk.typed(), operands_end_flags);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

/// The operands where the verb is crunc's own to do, and there is nobody else to complain.
Tokens parse_own(const FlagTable& flags, const std::string& verb, const Walk& walk, bool operands_end_flags) {
  Tokens operands;
  try {
    operands = parse_flags(flags, walk.typed(), operands_end_flags);
  } catch (const UsageError& error) {
    throw UsageError{verb + ": " + error.text};
  }
  for (const std::string& each : operands) {
    const bool is_flag = each.size() > 1 && each.front() == '-';
    if (!is_flag && operands_end_flags) break;
    if (!is_flag) continue;
    const auto similar = most_similar(each.substr(0, each.find('=')), flags.names());
    std::string text = verb;
    text.append(": there is no option ").append(each);
    if (similar) text.append("; did you mean `").append(*similar).append("`?");
    throw UsageError{text};
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

void declare_all(FlagTable& flags, Command& command, bool& help) {
  command.declare(flags);
  flags.add_flag("--help,-h", help, "show this");
  // Walk reads it.
  flags.add({.names = "--timeout",
             .value = "DURATION",
             .description = "end the runtime after DURATION (500ms, 30s, 1m30s); exit status 124"});
}

std::string help_of(Command& command) {
  FlagTable flags;
  bool help = false;
  declare_all(flags, command, help);
  return help_text(flags, command.help());
}

Call parse_command(const CommandLine& line, Command& command, const Runc& runc) {
  FlagTable flags;
  bool help = false;
  declare_all(flags, command, help);

  Call call;
  call.timeout = line.timeout;
  const bool prefix = command.operands_end_flags();
  const Walk walk(flags, line.arguments, prefix, call.timeout);
  call.first_operand = walk.first_operand();
  call.unknown_flag = walk.unknown_flag();
  if (!call.unknown_flag.empty()) call.flags = flags.names();
  const bool is_own = command.is_own() || walk.has_own_flag() || command.is_missing_in(runc);
  std::optional<Tokens> operands =
      is_own ? parse_own(flags, line.verb, walk, prefix) : parse_for_runtime(flags, walk, prefix);
  const bool is_probe = help && !is_own && command.is_probed_by_help() && ::isatty(STDOUT_FILENO) == 0;
  if (operands && help && !is_probe) {
    call.help = help_text(flags, command.help());
    return call;
  }
  if (is_own) {
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

}  // namespace crunc::cli
