// SPDX-License-Identifier: Apache-2.0
// Parsing of a verb's arguments by CLI11, to runc's rules: where the two differ the tokens go on as typed.

#include "command/command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace crunc::cli {
namespace {

using Maker = std::unique_ptr<Command> (*)();

constexpr std::array<std::pair<std::string_view, Maker>, 8> makers{{
    {"create", make_create},
    {"delete", make_delete},
    {"exec", make_exec},
    {"kill", make_kill},
    {"list", make_list},
    {"run", make_run},
    {"start", make_start},
    {"state", make_state},
}};

/// What CLI11 reads otherwise than runc: several short flags in one token, a value stuck to a short flag, long names
/// with one dash, and "--".
bool reads_otherwise(const std::string& token) {
  if (token == "--") return true;
  return token.size() > 2 && token[0] == '-' && token[1] != '-';
}

std::string help_text(const CLI::App& app, const Help& help) {
  std::string text = "Usage: crunc [global options] " + std::string(help.usage) + "\n\n" + help.description +
                     "\n\nExamples:\n" + help.examples + "\nOptions:\n";
  for (const CLI::Option* const option : app.get_options()) {
    std::string names = option->get_name(false, true);
    if (!option->get_type_name().empty()) names += " " + option->get_type_name();
    names.resize(std::max<std::size_t>(names.size() + 2, 32), ' ');
    text += "  " + names + option->get_description() + "\n";
  }
  return text +
         "\nExit status: the runtime's own; 124 when --timeout ended it, 127 and 126 when there is no runtime or it "
         "cannot be\nexecuted, 2 for a mistake in an option of crunc's own.\n";
}

/// --timeout V and --timeout=V, which the runtime must not see.
Tokens without_timeout(const Tokens& typed, Timeout& timeout) {
  Tokens rest;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] == "--timeout" && i + 1 < typed.size()) {
      timeout = parse_timeout(typed[++i]);
    } else if (typed[i].starts_with("--timeout=")) {
      timeout = parse_timeout(typed[i].substr(typed[i].find('=') + 1));
    } else if (typed[i] == "--timeout") {
      throw UsageError{"--timeout: its value is missing"};
    } else {
      rest.push_back(typed[i]);
    }
  }
  return rest;
}

/// Parses the flags; the operands, or nothing if the runtime must see for itself.
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
  Tokens operands = app.remaining();
  const auto own = static_cast<std::ptrdiff_t>(typed.size() - (operands_end_flags ? operands.size() : 0));
  if (std::any_of(typed.begin(), typed.begin() + own, reads_otherwise)) return std::nullopt;
  const auto is_flag = [](const std::string& token) { return token.size() > 1 && token.front() == '-'; };
  const bool unknown =
      operands_end_flags ? !operands.empty() && is_flag(operands.front()) : std::ranges::any_of(operands, is_flag);
  if (unknown) return std::nullopt;
  return operands;
}

}  // namespace

std::unique_ptr<Command> make_command(std::string_view verb) {
  for (const auto& [name, make] : makers) {
    if (name == verb) return make();
  }
  return nullptr;
}

Call parse_command(const CommandLine& line, Command& command) {
  CLI::App app;
  app.set_help_flag();
  bool help = false;
  std::string timeout_text;
  command.declare(app);
  add_flag(app, "--help,-h", help, "show this");
  app.add_option("--timeout", timeout_text, "end the runtime after DURATION (500ms, 30s, 1m30s); exit status 124")
      ->type_name("DURATION")
      ->take_last();

  Call call;
  call.timeout = line.timeout;
  const bool prefix = command.operands_end_flags();
  const Tokens typed = prefix ? line.arguments : without_timeout(line.arguments, call.timeout);
  const std::optional<Tokens> operands = parse_flags(app, typed, prefix);
  if (operands && help) {
    call.help = help_text(app, command.help());
    return call;
  }
  if (operands && app.count("--timeout") > 0) call.timeout = parse_timeout(timeout_text);
  if (operands && line.understood) {
    const auto argv = command.argv(Runc(line.options), *operands);
    if (argv && argv->has_value()) {
      call.tokens.assign((**argv).begin() + 1, (**argv).end());
      return call;
    }
  }
  CommandLine rest = line;
  rest.arguments = typed;
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

CLI::Option* add_flag(CLI::App& app, const char* names, bool& flag, const char* description) {
  return app.add_flag(names, flag, description)->take_last();
}

}  // namespace crunc::cli
