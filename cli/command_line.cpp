// SPDX-License-Identifier: Apache-2.0
// Splitting of the command line. The flags before the verb are few and must be told from the verb before anything else
// is set up, so they are read by hand; the verb's own are parse_flags()'s.

#include "command_line.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

#include "duration.hpp"

namespace crunc::cli {
namespace {

constexpr std::array known_flags{
    GlobalFlag{"root", "PATH", "directory of the containers' state"},
    GlobalFlag{"log", "PATH", "file of the runtime's log"},
    GlobalFlag{"log-format", "text|json", "form of the log"},
    GlobalFlag{"rootless", "true|false|auto", "without root's rights"},
    GlobalFlag{"criu", "PATH", "CRIU (runc before 1.2)"},
    GlobalFlag{"debug", "", "write more to the log"},
    GlobalFlag{"systemd-cgroup", "", "cgroups by systemd"},
    GlobalFlag{"version", "", "the runtime's version"},
    GlobalFlag{"v", "", "the runtime's version"},
    GlobalFlag{"help", "", "show help"},
    GlobalFlag{"h", "", "show help"},
    GlobalFlag{"runtime", "NAME|PATH", "the runtime; else $CRUNC_RUNTIME, else runc", true},
    GlobalFlag{"timeout", "DURATION", "end the runtime after so long (500ms, 30s, 1m30s); exit status 124", true},
};

const GlobalFlag* find_flag(std::string_view name) {
  for (const GlobalFlag& flag : known_flags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

/// One flag as typed: "-name", "--name", "--name=value".
struct TypedFlag {
  std::string_view dashes;
  std::string_view name;
  std::optional<std::string_view> value;
};

TypedFlag split_flag(std::string_view token) {
  TypedFlag flag;
  flag.dashes = token.substr(0, token.starts_with("--") ? 2 : 1);
  token.remove_prefix(flag.dashes.size());
  const std::size_t equals = token.find('=');
  flag.name = token.substr(0, equals);
  if (equals != std::string_view::npos) flag.value = token.substr(equals + 1);
  return flag;
}

/// Sets what a flag of the runtime's means; false if the library has no such meaning.
bool apply(RuncOptions& options, std::string_view name, const std::string& value, bool has_value) {
  if (name == "root") options.root = value;
  if (name == "log") options.log = value;
  if (name == "criu") options.criu = value;
  if (name == "log-format") {
    if (value != "json" && value != "text") return false;
    options.log_format = value == "json" ? LogFormat::json : LogFormat::text;
  }
  if (name == "rootless") {
    if (value != "true" && value != "false" && value != "auto") return false;
    options.rootless = value == "auto" ? Rootless::automatic : value == "true" ? Rootless::yes : Rootless::no;
  }
  if (name == "debug" || name == "systemd-cgroup") {
    if (has_value && value != "true" && value != "false") return false;
    (name == "debug" ? options.debug : options.systemd_cgroup) = !has_value || value == "true";
  }
  if (name == "help" || name == "h") return !has_value;
  return name != "version" && name != "v";
}

void apply_own(CommandLine& line, std::string_view name, const std::string& value) {
  if (name == "timeout") line.timeout = parse_timeout(value);
  if (name == "runtime") {
    if (value.empty()) throw UsageError{"--runtime: a name or a path is missing"};
    line.options.command = value;
  }
}

std::string absolute_root(const std::string& value) {
  return value.empty() ? value : std::filesystem::absolute(value).lexically_normal().string();
}

/// Reads one flag at `at` and moves on behind it; false where the runtime must see for itself.
bool take_flag(CommandLine& line, const Tokens& typed, std::size_t& at) {
  const TypedFlag token = split_flag(typed[at]);
  const GlobalFlag* const known = find_flag(token.name);
  if (known == nullptr) return false;
  const bool separate = !known->value.empty() && !token.value;
  if (separate && at + 1 == typed.size()) {
    if (known->own) throw UsageError{"--" + std::string(known->name) + ": its value is missing"};
    return false;
  }
  std::string value = separate ? typed[at + 1] : std::string(token.value.value_or(""));
  at += separate ? 2 : 1;
  if (known->own) {
    apply_own(line, known->name, value);
    return true;
  }
  if (known->name == "root") value = absolute_root(value);
  if (known->name == "help" || known->name == "h") line.help = !token.value || *token.value == "true";
  line.understood = apply(line.options, known->name, value, token.value.has_value()) && line.understood;
  const std::string flag = std::string(token.dashes).append(token.name);
  if (separate) {
    line.globals.insert(line.globals.end(), {flag, value});
  } else {
    line.globals.push_back(token.value ? flag + "=" + value : flag);
  }
  return true;
}

}  // namespace

std::span<const GlobalFlag> global_flags() { return known_flags; }

Tokens CommandLine::as_typed() const {
  Tokens tokens = globals;
  if (!verb.empty()) tokens.push_back(verb);
  tokens.insert(tokens.end(), arguments.begin(), arguments.end());
  return tokens;
}

CommandLine parse_command_line(const Tokens& arguments) {
  CommandLine line;
  const char* const chosen = std::getenv("CRUNC_RUNTIME");
  line.options.command = chosen != nullptr && *chosen != '\0' ? chosen : "runc";
  // The runtime's words about paths are to be those it would say of what was typed.
  line.options.relative_paths = RelativePaths::as_given;
  line.options.log_format = LogFormat::text;  // the runtimes' default, which is not the library's
  std::size_t at = 0;
  while (at < arguments.size() && arguments[at].size() > 1 && arguments[at].front() == '-') {
    if (take_flag(line, arguments, at)) continue;
    line.understood = false;
    line.globals.insert(line.globals.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
    return line;
  }
  // A format without a log says nothing to the library, but to runc it is the form of its words on stderr.
  const auto is_format = [](const std::string& token) { return split_flag(token).name == "log-format"; };
  if (line.options.log.empty() && std::ranges::any_of(line.globals, is_format)) line.understood = false;
  const auto rest = arguments.begin() + static_cast<std::ptrdiff_t>(at);
  if (at < arguments.size() && arguments[at].empty()) {
    line.globals.insert(line.globals.end(), rest, arguments.end());  // an empty word is no verb, and runc's to answer
  } else if (at < arguments.size()) {
    line.verb = arguments[at];
    line.arguments.assign(rest + 1, arguments.end());
  }
  return line;
}

Timeout parse_timeout(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration)
    throw UsageError{"--timeout: \"" + text + "\" is not a duration above zero (such as 500ms, 30s, 1m30s)"};
  return duration;
}

}  // namespace crunc::cli
