// SPDX-License-Identifier: Apache-2.0
// Calls of Runc in each of which one system call fails: a typed error or the right result, and nothing is left.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"
#include "support/faults.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;
using test::quote;
using test::succeeded;

namespace {

std::string sample(int number) {
  return R"({"type":"stats","id":"web","data":{"pids":{"current":)" + std::to_string(number) + "}}}\n";
}

/// A runtime that answers at once.
struct Scene {
  FakeRuntime fake{};

  Scene() {
    fake.recording(false);
    fake.on("state").step("stdout " + quote(R"({"id":"web","pid":42,"status":"running"})")).step("exit 0");
    fake.on("list").step("stdout " + quote(R"([{"id":"web","pid":42,"status":"running"}])")).step("exit 0");
    fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
    fake.on("events").step("stdout " + quote(sample(1) + sample(2))).step("exit 0");
    fake.on("ps").step("stdout \"UID PID CMD\\n0 7 sh\\n\"").step("exit 0");
    fake.on("exec").step("pid_file").step("stdout out").step("stderr err").step("exit 3");
    fake.on("*").step("pid_file").step("exit 0");
    fake.write();
  }
  [[nodiscard]] RuncOptions options() { return {.command = fake.command()}; }
};

void tell(const std::map<std::string, int>& struck) {
  CHECK(struck.size() > 10);  // kinds of calls, each of which has failed
  std::string text;
  for (const auto& [call, places] : struck) text += " " + call + " " + std::to_string(places);
  MESSAGE("failed at so many places:" << text);
}

/// What has been read is what was printed, however many calls it took.
void check_finished(const Result<Finished>& finished) {
  if (!succeeded(finished)) return;
  CHECK(finished->status == ExitStatus::exited(3));
  if (finished->output.truncated) return;
  CHECK(finished->output.out == "out");
  CHECK(finished->output.err == "err");
}

void check_state(const Result<Container>& state) {
  if (succeeded(state)) CHECK(state->pid == 42);
}

void read_events(const Runc& runc) {
  Result<EventStream> stream = runc.events("web");
  if (!succeeded(stream)) return;
  std::uint64_t read = 0;
  bool has_failed = false;
  for (const Result<Event>& event : *stream) {
    has_failed = has_failed || !succeeded(event);
    if (event) CHECK(event->stats.value().pids.value().current.value() == ++read);
  }
  CHECK((read == 2 || has_failed));
}

}  // namespace

TEST_CASE("a query in which any one system call fails is an error or right and leaves nothing") {
  Scene scene;
  const Runc runc(scene.options());
  tell(test::sweep([&] {
    check_state(runc.state("web"));
    if (const auto list = runc.list(); succeeded(list)) CHECK(list->front().id == "web");
    if (const auto version = Runc(scene.options()).version(); succeeded(version)) CHECK(version->name == "runc");
    if (const auto table = runc.top("web"); succeeded(table)) CHECK(table->processes.size() == 1);
  }));
}

TEST_CASE("a change in which any one system call fails is an error or done and leaves nothing") {
  Scene scene;
  RuncOptions options = scene.options();
  options.work_dir = "/";
  options.new_process_group = true;
  options.parent_death_signal = SIGKILL;
  const Runc runc(options);
  oci::LinuxResources limits;
  limits.pids.emplace().limit = 7;
  const std::filesystem::path pid_file = scene.fake / "pid";
  tell(test::sweep([&] {
    if (succeeded(runc.create("web", "/b", {.pid_file = pid_file}))) succeeded(read_pid_file(pid_file));
    succeeded(runc.start("web"));
    succeeded(runc.update("web", limits));
    succeeded(runc.kill("web", SIGTERM));
    succeeded(runc.remove("web", {.force = true}));
    std::filesystem::remove(pid_file);
  }));
}

TEST_CASE("a process that is executed while any one system call fails has its output and exit or an error") {
  Scene scene;
  const Runc runc(scene.options());
  tell(test::sweep([&] { check_finished(runc.exec("web", {"x"}, {.io = Io::capture()})); }));
}

TEST_CASE("the same with each monitor") {
  Scene scene;
  for (const bool subreaper : {false, true}) {
    CAPTURE(subreaper);
    tell(test::sweep([&] {
      RuncOptions options = scene.options();
      Result<std::shared_ptr<SubreaperMonitor>> reaper = Error(Errc::none, "");
      if (subreaper) {
        reaper = SubreaperMonitor::start();
        if (!succeeded(reaper)) return;
        options.monitor = *reaper;
      } else {
        options.monitor = std::make_shared<PidfdMonitor>();
      }
      check_finished(Runc(options).exec("web", {"x"}, {.io = Io::capture()}));
    }));
  }
}

TEST_CASE("an asynchronous call in which any one system call fails completes once") {
  Scene scene;
  const Runc runc(scene.options());
  tell(test::sweep([&] {
    boost::asio::io_context context;
    int completions = 0;
    runc.async_state("web", {}, boost::asio::bind_executor(context, [&](const Result<Container>& state) {
                       ++completions;
                       check_state(state);
                     }));
    context.run_for(5s);
    CHECK(completions == 1);
  }));
}

TEST_CASE("a stream of events in which any one system call fails gives all of them or says what failed") {
  Scene scene;
  const Runc runc(scene.options());
  tell(test::sweep([&] { read_events(runc); }));
}

TEST_CASE("a terminal whose reception meets any one fault is received or an error and leaves nothing") {
  const test::Pty pty = test::open_pty();
  tell(test::sweep([&] {
    const Result<ConsoleSocket> socket = ConsoleSocket::temporary();
    if (!succeeded(socket)) return;
    test::deliver(socket->path(), "/dev/ptmx", {pty.master.fd()});
    const Result<Console> console = socket->receive({.timeout = 5s});
    if (succeeded(console)) succeeded(console->resize({.columns = 80, .rows = 24}));
  }));
}

TEST_CASE("every call of the table fails in some way or is known never to") {
  std::map<std::string, int> known;
  for (const test::Fault& each : test::faults()) known[each.call];
  for (const auto& each : test::infallible_calls()) {
    CAPTURE(each.first);
    CHECK_FALSE(each.second.empty());
    CHECK(known.emplace(each.first, 0).second);
  }
  CHECK(known.size() == sizeof(sys::Calls) / sizeof(void (*)()));
}
