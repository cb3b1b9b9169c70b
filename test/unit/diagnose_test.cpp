// SPDX-License-Identifier: Apache-2.0
// The runtimes' words, and what they mean.
#include <doctest/doctest.h>

#include "runtime/diagnose.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using process::Ended;
using process::Outcome;
using runtime::classify;
using runtime::diagnose;

namespace {

Outcome failed(int code, std::string err = {}) {
  Outcome outcome;
  outcome.status = ExitStatus::exited(code);
  outcome.output.err = std::move(err);
  return outcome;
}

LogEntry error_entry(std::string message) { return {.level = "error", .message = std::move(message), .time = {}}; }

}  // namespace

TEST_CASE("the words that runc 1.1.5 and 1.3.6 and crun 1.8.1 were seen to say have their meaning") {
  struct Row {
    const char* words;
    Errc meaning;
  };
  constexpr Row rows[] = {
      {"runc create failed: chdir /tmp/q/nodir: no such file or directory", Errc::invalid_bundle},
      {"runc create failed: JSON specification file config.json not found", Errc::invalid_bundle},
      {"runc create failed: unexpected EOF", Errc::invalid_bundle},
      {"runc create failed: json: cannot unmarshal number into Go struct field Spec.ociVersion of type string",
       Errc::invalid_bundle},
      {"runc create failed: process property must not be empty", Errc::invalid_bundle},
      {"runc create failed: invalid character 'x' looking for beginning of value", Errc::invalid_bundle},
      {"runc create failed: container with given ID already exists", Errc::already_exists},
      {"cannot start an already running container", Errc::already_running},
      {R"(exec failed: unable to start container process: exec: "/etc": is a directory)", Errc::command_not_executable},
      {"criu is missing features: [MemTrack]", Errc::unsupported},
      {"cannot delete container q1 that is not stopped: running", Errc::not_stopped},
      {R"(exec failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory)",
       Errc::command_not_found},
      {R"(exec failed: unable to start container process: exec: "/proc": permission denied)",
       Errc::command_not_executable},
      {"container not paused", Errc::not_paused},
      {"exec failed: cannot exec in a paused container (use --ignore-paused to override)", Errc::paused},
      {"container not running", Errc::not_running},
      {"exec failed: cannot exec in a stopped container", Errc::not_running},
      {"cannot start a container that has stopped", Errc::not_running},
      {"container does not exist", Errc::container_not_found},
      {"exec failed: container does not exist", Errc::container_not_found},
      {"runc run failed: cannot use console socket if runc will not detach or allocate tty", Errc::terminal_mismatch},
      {"No help topic for 'bogus'", Errc::unsupported},
      {"flag provided but not defined: -bogus", Errc::unsupported},
      {"chdir `/tmp/q/nodir` failed: No such file or directory", Errc::invalid_bundle},
      {"error loading config.json", Errc::invalid_bundle},
      {"error opening file `/run/crun/nope/status`: No such file or directory", Errc::container_not_found},
      {"cannot open directory '/run/crun/nope': No such file or directory", Errc::container_not_found},
      {"unknown command bogus", Errc::unsupported},
      {"something that nobody ever said", Errc::runtime_failed},
      {"", Errc::runtime_failed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    CHECK(classify(row.words) == row.meaning);
  }
}

TEST_CASE("the recorded errors for a missing container mean container_not_found") {
  for (const char* const name : {"runc-v1", "runc-v2", "runc-systemd-v2", "crun-v1", "crun-v2", "crun-systemd-v1"}) {
    CAPTURE(name);
    CHECK(classify(test::read_text(std::string(CRUNC_FIXTURES_PATH "/recorded/") + name + "-state-missing.txt")) ==
          Errc::container_not_found);
  }
}

TEST_CASE("B8 an Error has the last error of the log and all entries and the status and stderr") {
  const Error error = diagnose(failed(1, "noise\n"), {{.level = "warning", .message = "w", .time = {}},
                                                      error_entry("first"),
                                                      error_entry("container does not exist")});
  CHECK(error.code == Errc::container_not_found);
  CHECK(error.reason == "container does not exist");
  CHECK(error.log.size() == 3);
  CHECK(error.exit == ExitStatus::exited(1));
  CHECK(error.stderr_tail == "noise\n");
}

TEST_CASE("an earlier entry of the log may say what the last one does not") {
  const Error error =
      diagnose(failed(1), {error_entry("container with given ID already exists"), error_entry("exit status 1")});
  CHECK(error.code == Errc::already_exists);
  CHECK(error.reason == "exit status 1");
}

TEST_CASE("stderr speaks where the log is silent") {
  const Error error = diagnose(failed(1, "  unknown command bogus\n"), {});
  CHECK(error.code == Errc::unsupported);
  CHECK(error.reason == "unknown command bogus");
}

TEST_CASE("B9 a runtime that we ended is timed_out or cancelled whatever it said") {
  Outcome outcome = failed(1, "container does not exist");
  outcome.ended = Ended::timed_out;
  CHECK(diagnose(outcome, {}).code == Errc::timed_out);
  outcome.ended = Ended::cancelled;
  CHECK(diagnose(outcome, {}).code == Errc::cancelled);
}

TEST_CASE("a runtime that a signal killed is signaled and never an exit code") {
  Outcome outcome;
  outcome.status = ExitStatus::signaled(9);
  const Error error = diagnose(outcome, {});
  CHECK(error.code == Errc::runtime_killed);
  CHECK(error.exit == ExitStatus::signaled(9));
  CHECK(error.message() == "runtime killed by a signal: runtime signaled(9)");
}

TEST_CASE("a status that somebody else reaped is lost and never made up") {
  const Error error = diagnose(Outcome{}, {});
  CHECK(error.code == Errc::status_lost);
  CHECK(error.exit == ExitStatus::lost());
}

TEST_CASE("a failed exec of the runtime is told by its errno") {
  const process::Command command{.executable = "/r", .argv = {"r"}};
  const auto code = [&](int number) {
    return diagnose(process::SpawnFailure{sys::SpawnStage::exec, sys::make_error(number)}, command).code;
  };
  CHECK(code(EACCES) == Errc::runtime_permission_denied);
  CHECK(code(ENOEXEC) == Errc::runtime_not_executable);
  CHECK(code(ENOENT) == Errc::runtime_not_executable);
  CHECK(code(ENOMEM) == Errc::spawn_failed);
}

TEST_CASE("stderr in an Error is its last 8 KiB") {
  CHECK(runtime::tail_of(std::string(10'000, 'a') + "end").size() == 8192);
  CHECK(runtime::tail_of("short") == "short");
}
