// SPDX-License-Identifier: Apache-2.0
// crunc: an OCI runtime's command line. What it knows becomes a call of the library, what it does not goes on as typed.

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#ifdef CRUNC_COMMAND_IS_STATIC
#include <nss.h>
#endif

#include <crunc/config.hpp>
#include <crunc/runc.hpp>

#include "command/command.hpp"
#include "command_line.hpp"
#include "hint.hpp"
#include "other_runtime.hpp"
#include "passthrough.hpp"
#include "terminal.hpp"

namespace crunc::cli {
namespace {

constexpr const char* help_text =
    R"(Usage: crunc [global options] VERB [options] [ID] [...]

crunc takes runc's place: it hands verbs, options, streams, signals and exit status to an OCI runtime and back, and adds
what is told below.

Examples:
  crunc run --bundle /bundles/job job
  crunc --runtime crun list
  crunc --timeout 30s create --bundle /bundles/web web

Verbs:
  create, start, run, exec, state, list, kill, delete, pause, resume, ps, events, update, checkpoint, restore, spec,
  features                        `crunc VERB --help` or `crunc help VERB` tells more
  wait                            waits for containers and prints their exit codes
  doctor                          what this machine, its kernel, the runtime and CRIU can do
  stats [ID...], top ID...        what containers and their processes use, live on a terminal
  version                         the versions of crunc and of the runtime
  any other                       goes to the runtime as typed

Global options of crunc's own:
  --runtime NAME|PATH             the runtime; else $CRUNC_RUNTIME, else runc
  --timeout DURATION              end the runtime after so long (500ms, 30s, 1m30s); exit status 124
  --help, -h                      show this

Global options of the runtime's (runc):
  --root PATH  --log PATH  --log-format text|json  --debug  --systemd-cgroup  --rootless true|false|auto  --criu PATH
  --version, -v

Exit status: the runtime's own; 124 when --timeout ended it, 127 and 126 when there is no runtime or it cannot be
executed, 2 for a mistake in an option of crunc's own.
)";

int show_versions(const Runc& runc) {
  std::printf("crunc version %s\n", library_version());
  const auto version = runc.version();
  if (!version) {
    std::fprintf(stderr, "crunc: %s\n", version.error().message().c_str());
    return 1;
  }
  std::printf("%s version %s\n", version->name.c_str(), version->version.c_str());
  return 0;
}

/// The runtime in crunc's place; a person gets a hint if it failed.
int pass_through_with_hint(const Runc& runc, const CommandLine& line, const Call& call) {
  const int status = end_as(stand_in(runc, call.tokens, call.timeout));
  if (status == 0 || !is_terminal(STDERR_FILENO)) return status;
  if (const auto hint = hint_for(runc, line, call)) std::fprintf(stderr, "%s\n", hint->c_str());
  return status;
}

/// Takes users' names from /etc/passwd alone where the command is static: libc would load the modules of other sources
/// into it, which demand the very libc that they were built with.
void keep_modules_out() {
#ifdef CRUNC_COMMAND_IS_STATIC
  static_cast<void>(::__nss_configure_lookup("passwd", "files"));
#endif
}

/// What is shown instead of a call, if help is asked for before or in place of a verb.
std::optional<std::string> help_asked_for(const CommandLine& line, bool nothing_typed) {
  const bool by_verb = line.verb == "help" || line.verb == "h";
  if (line.help || nothing_typed || (by_verb && line.arguments.empty())) return help_text;
  if (!by_verb || line.arguments.size() != 1) return std::nullopt;
  const auto command = make_command(line.arguments.front());
  return command ? std::optional(help_of(*command)) : std::nullopt;
}

int run(const char* self, const Tokens& arguments) {
  // A caller that ignores SIGCHLD has that handed on to us, and the kernel would keep no status of the runtime.
  std::signal(SIGCHLD, SIG_DFL);
  CommandLine line = parse_command_line(arguments);
  if (const auto help = help_asked_for(line, arguments.empty())) {
    std::fputs(help->c_str(), stdout);
    return 0;
  }
  const std::filesystem::path runtime = other_runtime(line.options.command, self);
  if (runtime.empty()) {
    std::fputs("crunc: the runtime is crunc itself: name another by --runtime or CRUNC_RUNTIME\n", stderr);
    return exit_not_found;
  }
  line.options.command = runtime;
  const Runc runc(line.options);
  if (line.verb == "version" && line.arguments.empty()) return show_versions(runc);
  const auto command = make_command(line.verb);
  if (!command) return pass_through_with_hint(runc, line, {.tokens = line.as_typed(), .timeout = line.timeout});
  const Call call = parse_command(line, *command, runc);
  if (call.help) {
    std::fputs(call.help->c_str(), stdout);
    return 0;
  }
  if (call.own_operands) {
    keep_modules_out();
    return command->run({runc, *call.own_operands, call.timeout});
  }
  return pass_through_with_hint(runc, line, call);
}

}  // namespace
}  // namespace crunc::cli

int main(int argc, char** argv) try {
  return crunc::cli::run(argv[0], {argv + 1, argv + argc});
} catch (const crunc::cli::UsageError& error) {
  std::fprintf(stderr, "crunc: %s\n", error.text.c_str());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "crunc: %s\n", error.what());
  return 1;
}
