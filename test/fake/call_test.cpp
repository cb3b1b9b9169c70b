// SPDX-License-Identifier: Apache-2.0
// Calls of Runc on the fake runtime: arguments, private log, errors, what surrounds the runtime.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <crunc/crunc.hpp>

#include "support/leaks.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::FakeRuntime;
using test::quote;
using Argv = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const std::string state_json = R"({"ociVersion":"1.0.2","id":"web","pid":42,"status":"running","bundle":"/b"})";

/// The arguments of a recorded call without the private log, which must be there.
Argv without_log(Argv call) {
  const auto log = std::ranges::find(call, "--log");
  REQUIRE(log != call.end());
  REQUIRE((log + 1)->starts_with("/proc/self/fd/"));
  REQUIRE(*(log + 2) == "--log-format");
  REQUIRE(*(log + 3) == "json");
  call.erase(log, log + 4);
  return call;
}

Argv tail(const Result<Argv>& argv) { return {argv.value().begin() + 1, argv.value().end()}; }

}  // namespace

TEST_CASE("every verb makes the call that argv() tells and adds the private log") {
  FakeRuntime fake;
  fake.on("state").step("stdout " + quote(state_json));
  fake.on("list").step("stdout null");
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("*").step("pid_file").step("exit 0");
  const Runc runc({.command = fake.command(), .root = fake / "root", .systemd_cgroup = true});
  const CreateOptions create{.pid_file = fake / "pid", .no_pivot = true};
  const RunOptions run{.detach = true, .keep = true};
  const ExecOptions exec{.detach = true, .environment = {"A=1"}};

  CHECK(runc.create("web", "/b", create).has_value());
  CHECK(runc.run("web", "/b", run).has_value());
  CHECK(runc.start("web").has_value());
  CHECK(runc.exec("web", {"sh", "-c", "exit"}, exec).has_value());
  CHECK(runc.state("web").has_value());
  CHECK(runc.list().has_value());
  CHECK(runc.kill("web", SIGUSR1, {.all = true}).has_value());
  CHECK(runc.remove("web", {.force = true}).has_value());
  CHECK(runc.version().has_value());

  const auto calls = fake.calls();
  REQUIRE(calls.size() == 9);
  CHECK(without_log(calls[0]) == tail(runc.argv("web", "/b", create)));
  CHECK(without_log(calls[1]) == tail(runc.argv("web", "/b", run)));
  CHECK(without_log(calls[2]) == tail(runc.argv("web", StartOptions{})));
  CHECK(without_log(calls[3]) == tail(runc.argv("web", {"sh", "-c", "exit"}, exec)));
  CHECK(without_log(calls[4]) == tail(runc.argv("web", StateOptions{})));
  CHECK(without_log(calls[5]) == tail(runc.argv(ListOptions{})));
  CHECK(without_log(calls[6]) == tail(runc.argv("web", SIGUSR1, KillOptions{.all = true})));
  CHECK(without_log(calls[7]) == tail(runc.argv("web", RemoveOptions{.force = true})));
  CHECK(without_log(calls[8]) == tail(runc.argv(VersionOptions{})));
}

TEST_CASE("raw() makes exactly the call of its tokens and gives any status as a value") {
  FakeRuntime fake;
  fake.on("*").step("stdout out").step("stderr err").step("exit 77");
  const Runc runc({.command = fake.command(), .root = "/elsewhere", .debug = true});

  const auto finished = runc.raw({"odd", "--flag", ""}, {.io = Io::capture()});

  REQUIRE(finished.has_value());
  CHECK(finished->status == ExitStatus::exited(77));
  CHECK(finished->output.out == "out");
  CHECK(finished->output.err == "err");
  CHECK(fake.calls() == std::vector<Argv>{{"odd", "--flag", ""}});
}

TEST_CASE("the runtime has three streams and the log and no other descriptor") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});

  CHECK(runc.create("web", "/b").has_value());

  std::vector<std::int64_t> numbers;
  const auto record = fake.records().at(0);
  for (const auto& fd : record.at("fds").as_array()) numbers.push_back(fd.at("fd").as_int64());
  CHECK(numbers == std::vector<std::int64_t>{0, 1, 2, 3});
  for (int i = 0; i < 3; ++i)
    CHECK(record.at("fds").at(static_cast<std::size_t>(i)).at("target").as_string() == "/dev/null");
}

TEST_CASE("preserved fds stand below the private log") {
  FakeRuntime fake;
  fake.on("*").step("fd 4 hello").step(R"(log "{\"level\":\"error\",\"msg\":\"logged\"}\n")").step("exit 1");
  const Runc runc({.command = fake.command()});
  const std::string file = fake / "4";

  // In a process of its own, in which the numbers 3 and 4 are free for sure.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close_range(3, ~0U, 0);
    ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const auto created = runc.create("web", "/b", {.preserve_fds = 2});
    ::_exit(created.has_error() && created.error().reason == "logged" ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);

  CHECK(status == 0);
  CHECK(test::read_text(file) == "hello");
  CHECK(std::ranges::count(fake.calls().at(0), "/proc/self/fd/5") == 1);
}

TEST_CASE("B24 concurrent calls never see each other's log") {
  FakeRuntime fake;
  fake.recording(false);
  fake.on("*").step(R"(log "{\"level\":\"error\",\"msg\":\"words of %ID%\"}\n")").step("exit 1");
  const Runc runc({.command = fake.command()});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};

  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string id = "c" + std::to_string(t) + "." + std::to_string(i);
        const auto started = runc.start(id);
        if (started.has_error() && started.error().reason == "words of " + id && started.error().log.size() == 1)
          ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(right == 80);
}

TEST_CASE("the caller's log file gets every call's entries in the form that it asks for") {
  FakeRuntime fake;
  const std::string line = R"({"level":"warning","msg":"careful","time":"T"})";
  fake.on("*").step("log " + quote(line + "\n")).step("exit 0");

  CHECK(Runc({.command = fake.command(), .log = fake / "json"}).start("a").has_value());
  CHECK(Runc({.command = fake.command(), .log = fake / "json"}).start("b").has_value());
  CHECK(Runc({.command = fake.command(), .log = fake / "text", .log_format = LogFormat::text}).start("a").has_value());
  CHECK(Runc({.command = fake.command(), .log = "/dev/full"}).start("a").has_value());

  CHECK(test::read_text(fake / "json") == line + "\n" + line + "\n");
  CHECK(test::read_text(fake / "text") == "time=\"T\" level=warning msg=\"careful\"\n");
}

TEST_CASE("B7 what the runtime writes to stderr never reaches a parser") {
  FakeRuntime fake;
  fake.on("state").step("stderr \"{ noise \\xff\"").step("stdout " + quote(state_json)).step("stderr noise");
  fake.on("list").step("stderr noise").step("stdout \"[]\"");
  const Runc runc({.command = fake.command()});

  CHECK(runc.state("web").value().pid == 42);
  CHECK(runc.list().value().empty());
}

TEST_CASE("output that cannot be decoded is an Error with the call and stderr in it") {
  FakeRuntime fake;
  fake.on("state").step("stdout \"time=x level=warning\"").step("stderr why");
  const Runc runc({.command = fake.command()});

  const auto state = runc.state("web");

  REQUIRE(state.has_error());
  CHECK(state.error().code == Errc::malformed_output);
  CHECK(state.error().operation == "state");
  CHECK(state.error().container == "web");
  CHECK(state.error().stderr_tail == "why");
  CHECK(state.error().exit == ExitStatus::exited(0));
  CHECK(state.error().argv.back() == "web");
}

TEST_CASE("working directory and environment and process group of the runtime are as the options say") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  ::setenv("NOTIFY_SOCKET", "/n", 1);
  ::setenv("CRUNC_TEST_GONE", "1", 1);
  const Runc runc({.command = fake.command(),
                   .work_dir = fake.path(),
                   .environment = {"A=1", "A=2"},
                   .environment_remove = {"CRUNC_TEST_GONE"},
                   .new_process_group = true});

  CHECK(runc.start("web").has_value());
  CHECK(Runc({.command = fake.command(), .keep_service_environment = true}).start("web").has_value());

  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("CRUNC_TEST_GONE");
  const auto records = fake.records();
  const auto has = [](const boost::json::object& record, const char* entry) {
    return std::ranges::count(record.at("env").as_array(), boost::json::value(entry)) == 1;
  };
  CHECK(records[0].at("cwd").as_string() == fake.path().string());
  CHECK(records[0].at("pgid") == records[0].at("pid"));
  CHECK(has(records[0], "A=2"));
  CHECK_FALSE(has(records[0], "A=1"));
  CHECK_FALSE(has(records[0], "NOTIFY_SOCKET=/n"));
  CHECK_FALSE(has(records[0], "CRUNC_TEST_GONE=1"));
  CHECK(has(records[1], "NOTIFY_SOCKET=/n"));
}

TEST_CASE("a working directory that is not there is the caller's error and names it") {
  const auto error = Runc({.command = "/bin/true", .work_dir = "/nonexistent/dir"}).start("web").error();
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.message().find("/nonexistent/dir") != std::string::npos);
}

TEST_CASE("a create that fails without a word names the bundle if that is what is missing") {
  FakeRuntime fake;
  fake.on("*").step("exit 1");
  const Runc runc({.command = fake.command()});
  fs::create_directories(fake / "good");
  test::write_text(fake / "good/config.json", "{}");

  const Error missing = runc.create("web", fake / "missing").error();
  const Error good = runc.create("web", fake / "good").error();

  CHECK(missing.code == Errc::invalid_bundle);
  CHECK(missing.message().find((fake / "missing").string()) != std::string::npos);
  CHECK(good.code == Errc::runtime_failed);
}

TEST_CASE("B25 exec and run tell a failure of the runtime from a status of the process by the pid file") {
  FakeRuntime fake;
  fake.on("started").step("pid_file").step("exit 255");
  fake.on("failed").step(R"(log "{\"level\":\"error\",\"msg\":\"container does not exist\"}\n")").step("exit 255");
  fake.on("killed").step("pid_file").step("kill KILL");
  const Runc runc({.command = fake.command()});
  const fs::path pid_file = fake / "pid";
  test::write_text(pid_file, "1");  // of an earlier call

  CHECK(runc.exec("started", {"x"}).value().status == ExitStatus::exited(255));
  CHECK(runc.run("started", "/b").value().status == ExitStatus::exited(255));
  CHECK(runc.exec("failed", {"x"}).error().code == Errc::container_not_found);
  CHECK(runc.exec("failed", {"x"}, {.pid_file = pid_file}).error().code == Errc::container_not_found);
  CHECK(runc.exec("started", {"x"}, {.pid_file = pid_file}).value().status == ExitStatus::exited(255));
  CHECK(runc.run("killed", "/b").error().code == Errc::runtime_killed);
  CHECK(runc.run("killed", "/b").error().exit == ExitStatus::signaled(9));
  CHECK(runc.exec("started", {"x"}, {.detach = true}).has_error());
}

TEST_CASE("64 threads that call state() on one const Runc get right answers and leak nothing") {
  FakeRuntime fake;
  fake.recording(false);
  fake.on("state").step(R"(stdout "{\"id\":\"%ID%\",\"pid\":%PID%,\"status\":\"running\"}")");
  const Runc runc({.command = fake.command()});
  const auto before = test::ProcessSnapshot::take();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};

  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 4; ++i) {
        const auto state = runc.state("c" + std::to_string(t));
        if (state.has_value() && state->id == "c" + std::to_string(t) && state->pid > 0) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(right == 64 * 4);
  CHECK(test::difference(before, test::ProcessSnapshot::take()).empty());
}

TEST_CASE("on_spawned gives the runtime's pid and a handle that outlives it") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  std::optional<RuntimeProcess> seen;

  CHECK(Runc({.command = fake.command()})
            .create("web", "/b", {.on_spawned = [&](const RuntimeProcess& runtime) { seen = runtime; }})
            .has_value());

  REQUIRE(seen.has_value());
  CHECK(seen->pid() == fake.records().at(0).at("pid").as_int64());
  CHECK(seen->signal(SIGTERM).error().code == Errc::not_running);
}
