// SPDX-License-Identifier: Apache-2.0
// Standing in the runtime's place: streams, signals, descriptors, environment and exit status.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <thread>

#include "beside.hpp"
#include "support/fifo.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"

namespace test = crunc::test;
using test::Argv;
using test::crunc_on;
using test::FakeRuntime;
using test::ProgramOptions;
using test::ProgramResult;
using test::quote;
using test::run_program;
using test::Running;
namespace json = boost::json;

namespace {

/// crunc by way of a shell that does something first.
Argv shell_then_crunc(FakeRuntime& fake, const std::string& first, const std::string& arguments) {
  return {"/bin/sh", "-c",
          first + "exec " + test::command_path() + " --runtime " + fake.command().string() + " " + arguments};
}

bool has_variable(const json::object& record, const char* entry) {
  return std::ranges::count(record.at("env").as_array(), json::value(entry)) == 1;
}

}  // namespace

TEST_CASE("stdout and stderr and the exit code are the runtime's own to the byte") {
  const std::string bytes("\0\x01\xff\xfe no newline", 15);
  for (const int code : {0, 1, 3, 64, 137, 255}) {
    FakeRuntime fake;
    fake.on("*")
        .step("stdout " + quote(bytes))
        .step("stderr " + quote(bytes + "e"))
        .step("exit " + std::to_string(code));
    for (const Argv& line : {Argv{"state", "c"}, Argv{"bogus"}, Argv{"exec", "c", "x"}, Argv{"run", "c"}}) {
      const ProgramResult result = run_program(crunc_on(fake, line));
      CHECK(result.status == code);
      CHECK(result.out == bytes);
      CHECK(result.err == bytes + "e");
    }
  }
}

TEST_CASE("a runtime that a signal killed leaves crunc killed by the same signal") {
  for (const char* const name : {"KILL", "TERM", "SEGV"}) {
    FakeRuntime fake;
    fake.on("*").step(std::string("kill ") + name);
    const int expected = std::string(name) == "KILL" ? SIGKILL : std::string(name) == "TERM" ? SIGTERM : SIGSEGV;
    CHECK(run_program(crunc_on(fake, {"state", "c"})).status == -expected);
  }
}

TEST_CASE("stdin reaches the runtime") {
  FakeRuntime fake;
  fake.on("*").step("echo_stdin").step("exit 0");
  const std::string text(300'000, 'x');
  const ProgramResult result = run_program(crunc_on(fake, {"update", "-r", "-", "c"}), {.stdin_bytes = text});
  CHECK(result.out == text);
}

TEST_CASE("descriptors and the working directory and the service's environment reach the runtime") {
  FakeRuntime fake;
  fake.on("*").step("fd 7 hello").step("exit 0");
  const test::TempDir dir;
  const ProgramOptions options{.env = {"NOTIFY_SOCKET=/n", "LISTEN_FDS=2"}, .cwd = dir.path()};

  const auto plain = run_program({"/bin/sh", "-c", "exec 7>file; exec " + fake.command().string()}, options);
  const auto ours = run_program(shell_then_crunc(fake, "exec 7>>file; ", "create --preserve-fds 5 c"), options);

  CHECK(plain.status == 0);
  CHECK(ours.status == 0);
  CHECK(test::read_text(dir / "file") == "hellohello");
  const auto records = fake.records();
  CHECK(records[1].at("cwd").as_string() == dir.path().string());
  CHECK(has_variable(records[1], "NOTIFY_SOCKET=/n"));
  CHECK(has_variable(records[1], "LISTEN_FDS=2"));
  const auto numbers = [](const json::object& record) {
    std::vector<std::int64_t> result;
    for (const json::value& fd : record.at("fds").as_array()) result.push_back(fd.at("fd").as_int64());
    return result;
  };
  CHECK(numbers(records[1]) == numbers(records[0]));
}

TEST_CASE("a closed stream stays closed for the runtime") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  CHECK(run_program(shell_then_crunc(fake, "exec 0<&-; ", "state c")).status == 0);
  CHECK(fake.records().at(0).at("fds").at(0).at("fd").as_int64() == 1);
}

TEST_CASE("signals that were ignored stay ignored and none is blocked") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  CHECK(run_program(shell_then_crunc(fake, "trap '' HUP; ", "state c")).status == 0);
  const json::object record = fake.records().at(0);
  CHECK(record.at("sigblk").as_string() == "0000000000000000");
  const auto ignored = std::stoull(std::string(record.at("sigign").as_string()), nullptr, 16);
  CHECK((ignored & 1U) == 1);
}

TEST_CASE("signals to crunc reach the runtime and its exit code comes back") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*")
      .step("record_signals " + (fake / "signals").string())
      .step("open_write " + here.string())
      .step("on_signal TERM 43")
      .step("open_write " + fake.make_fifo("ready").string())
      .step("hang");
  Running crunc(crunc_on(fake, {"run", "c"}));
  test::await_arrival(here);
  test::await_arrival(fake / "ready");

  ::kill(crunc.pid(), SIGTERM);
  const int status = crunc.wait();

  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 43);
}

TEST_CASE("a runtime that hangs is ended by --timeout with exit status 124") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  const ProgramResult result = run_program(crunc_on(fake, {"--timeout", "100ms", "state", "c"}));
  CHECK(result.status == 124);
  CHECK(result.out == "");
  CHECK(result.err.starts_with("crunc: timed out"));
  const auto pid = static_cast<pid_t>(fake.records().at(0).at("pid").as_int64());
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a timeout of nothing is no duration and starts no runtime") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  for (const char* const zero : {"0s", "0", "0ms", "0h0m0s"}) {
    for (const Argv& line : {Argv{"--timeout", zero, "state", "c"}, Argv{"state", "--timeout", zero, "c"}}) {
      const ProgramResult result = run_program(crunc_on(fake, line));
      CHECK(result.status == 2);
      CHECK(result.err == std::string("crunc: --timeout: \"") + zero +
                              "\" is not a duration above zero (such as 500ms, 30s, 1m30s)\n");
    }
  }
  CHECK(fake.calls().empty());
}

TEST_CASE("a caller that ignores SIGCHLD gets the runtime's exit code") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"").step("exit 0");
  fake.on("killed").step("kill KILL");
  fake.on("*").step("exit 7");
  const std::string ignoring = "trap '' CHLD; ";

  CHECK(run_program(shell_then_crunc(fake, ignoring, "state c")).status == 7);
  CHECK(run_program(shell_then_crunc(fake, ignoring, "run killed")).status == -SIGKILL);
  CHECK(run_program(shell_then_crunc(fake, ignoring, "version")).status == 0);

  // Whatever was ignored, the runtime itself can wait for its children.
  const auto ignored = std::stoull(std::string(fake.records().at(0).at("sigign").as_string()), nullptr, 16);
  CHECK((ignored & (1ULL << (SIGCHLD - 1))) == 0);
}

TEST_CASE("a runtime that is not there is 127 and one that cannot be executed is 126") {
  const test::TempDir dir;
  test::write_text(dir / "text", "no program\n");
  const auto status_of = [](const std::string& runtime) {
    return run_program({test::command_path(), "--runtime", runtime, "list"}).status;
  };
  CHECK(status_of(dir / "missing") == 127);
  CHECK(status_of(dir / "text") == 126);
  ::chmod((dir / "text").c_str(), 0755);
  CHECK(status_of(dir / "text") == 126);
  const ProgramResult missing = run_program({test::command_path(), "--runtime", "no-such-runtime", "list"});
  CHECK(missing.err.find("no-such-runtime") != std::string::npos);
  CHECK(missing.err.find("CRUNC_RUNTIME") != std::string::npos);
}

TEST_CASE("CRUNC_RUNTIME chooses the runtime and --runtime has the last word") {
  FakeRuntime one;
  FakeRuntime two;
  one.on("*").step("exit 11");
  two.on("*").step("exit 22");
  const ProgramOptions environment{.env = {"CRUNC_RUNTIME=" + one.command().string()}};
  CHECK(run_program({test::command_path(), "list"}, environment).status == 11);
  CHECK(run_program({test::command_path(), "--runtime", two.command(), "list"}, environment).status == 22);
}

TEST_CASE("crunc under the name of runc calls the next runc in PATH and never itself") {
  const test::TempDir dir;
  std::filesystem::create_symlink(test::command_path(), dir / "runc");
  FakeRuntime fake;
  fake.on("*").step("exit 9");
  const std::string real = fake.command().parent_path();
  const auto status_of = [&](const std::string& path) {
    return run_program({dir / "runc", "state", "c"}, {.env = {"PATH=" + path, "CRUNC_RUNTIME="}}).status;
  };
  CHECK(status_of(dir.path().string() + ":" + real) == 9);
  CHECK(status_of(real + ":" + dir.path().string()) == 9);
  CHECK(status_of(dir.path()) == 127);
}
