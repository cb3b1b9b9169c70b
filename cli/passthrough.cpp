// SPDX-License-Identifier: Apache-2.0
// Running the runtime in crunc's place.

#include "passthrough.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "terminal_guard.hpp"

namespace crunc::cli {
namespace {

constexpr int exit_failure = 1;
// What env(1) and the shells say.
constexpr int exit_not_executable = 126;

int report(const Error& error) {
  const bool missing = error.code == Errc::runtime_not_found;
  std::fprintf(stderr, "crunc: %s%s\n", error.message().c_str(),
               missing ? "; install runc or crun, or name a runtime by --runtime or CRUNC_RUNTIME" : "");
  switch (error.code) {
    case Errc::runtime_not_found: return exit_not_found;
    case Errc::runtime_permission_denied:
    case Errc::runtime_not_executable: return exit_not_executable;
    case Errc::timed_out: return exit_timed_out;
    default: return exit_failure;
  }
}

}  // namespace

int tell_failure(const Error& error) {
  std::fprintf(stderr, "crunc: %s\n", error.message().c_str());
  return error.code == Errc::timed_out ? exit_timed_out : exit_failure;
}

void die_by(int signo) {
  const rlimit no_core{};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));  // the runtime's core, if any, is the one that helps
  std::signal(signo, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signo);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(signo);
}

Ended stand_in(const Runc& runc, const Tokens& tokens, const Timeout& timeout) {
  const TerminalGuard terminal;
  const Result<Finished> finished = runc.raw(tokens, {.stand_in = true, .timeout = timeout});
  // A runtime that was killed has left the terminal as its container had it.
  if (!finished || finished->status.signal()) terminal.restore();
  if (!finished) return {report(finished.error())};
  return {finished->status.code().value_or(exit_failure), finished->status.signal()};
}

int end_as(const Ended& ended) {
  if (!ended.signal) return ended.code;
  die_by(*ended.signal);
  return 128 + *ended.signal;
}

}  // namespace crunc::cli
