// SPDX-License-Identifier: Apache-2.0
// Tasks of a real runtime: their lives, and the order in which things are told.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/task_scene.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::Collected;
using test::EventLog;
using test::RealRuntime;
using test::script;
using test::skip_unless_real_runtime;
using Kind = TaskEvent::Kind;
using Names = std::vector<std::string>;

namespace {

/// A runtime whose containers become children of this process, and a loop for their tasks.
struct Scene {
  RealRuntime runtime{};
  test::Loop loop{};
  std::shared_ptr<SubreaperMonitor> monitor = SubreaperMonitor::start().value();
  Runc runc{options()};
  EventLog log{};

  RuncOptions options() {
    RuncOptions result = runtime.options();
    result.executor = loop.executor();
    result.monitor = monitor;
    return result;
  }
  Result<Task> create(const std::string& text, TaskIo io = {}, fixtures::BundleOptions bundle = {}) {
    bundle.terminal = io.terminal;
    return Task::create(runc, "web", runtime.bundle({"sh", "-c", text}, bundle),
                        {.directory = runtime / "task", .io = std::move(io), .on_event = log.sink()});
  }
};

/// Another writer of the first process' stdin.
Descriptor open_input(const Task& task) {
  return Descriptor(::open(("/proc/" + std::to_string(task.pid()) + "/fd/0").c_str(), O_WRONLY | O_CLOEXEC));
}

bool has_own_cgroup(const Task& task) { return task.pids().has_value(); }

}  // namespace

TEST_CASE("a task goes from create to remove and tells it in order") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  Collected err;

  const Task task = scene.create("echo out; echo err >&2; exit 7", {.out = out.sink(), .err = err.sink()}).value();
  CHECK(scene.runc.state("web").value().status == Status::created);
  CHECK(task.pid() == scene.runc.state("web").value().pid);
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(7));
  CHECK(out.text() == "out\n");
  CHECK(err.text() == "err\n");
  REQUIRE(task.remove().has_value());

  CHECK(scene.log.names() == Names{"created", "started", "exited", "removed"});
  CHECK(scene.log.find(Kind::exited)->status == ExitStatus::exited(7));
  CHECK_FALSE(scene.log.find(Kind::exited)->output_pending);
  CHECK(scene.runc.list().value().empty());
  CHECK_FALSE(std::filesystem::exists(scene.runtime / "task"));
}

TEST_CASE("what a signal killed is signaled to a task although the runtime says 128 and more") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const Task task = scene.create("sleep 1000").value();
  REQUIRE(task.start().has_value());
  const TaskProcess exec = task.exec("one", script("kill -USR1 $$")).value();
  CHECK(exec.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGUSR1));

  REQUIRE(task.kill(SIGKILL).has_value());

  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(task.remove().has_value());
}

TEST_CASE("a process that ends at once has its start told before its exit") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const Task task = scene.create("sleep 1000").value();
  REQUIRE(task.start().has_value());
  for (int i = 0; i < 5; ++i) {
    const std::string id = "e" + std::to_string(i);
    const TaskProcess exec = task.exec(id, script("exit " + std::to_string(i))).value();
    CHECK(exec.wait({.timeout = 1min}).value() == ExitStatus::exited(i));
    CHECK(task.forget(id).has_value());
    CHECK(task.process(id).has_value() == false);
  }
  CHECK(task.remove({.force = true}).has_value());

  Names expected{"created", "started"};
  for (int i = 0; i < 5; ++i) {
    expected.push_back("started e" + std::to_string(i));
    expected.push_back("exited e" + std::to_string(i));
  }
  expected.insert(expected.end(), {"exited", "removed"});
  CHECK(scene.log.names() == expected);
}

TEST_CASE("what was executed has its exit told before that of the first process") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const Task task = scene.create("sleep 1000").value();
  REQUIRE(task.start().has_value());
  const TaskProcess a = task.exec("a", script("sleep 1000")).value();
  const TaskProcess b = task.exec("b", script("sleep 1000")).value();

  REQUIRE(task.kill(SIGKILL).has_value());

  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(a.exit_status() == ExitStatus::signaled(SIGKILL));
  CHECK(b.exit_status() == ExitStatus::signaled(SIGKILL));
  const Names names = scene.log.names();
  REQUIRE(names.size() == 7);
  CHECK(names.back() == "exited");
  CHECK(task.exec("c", script("true")).error().code == Errc::not_running);
  CHECK(task.remove().has_value());
}

TEST_CASE("what was executed in the host's pid namespace goes with the first process") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const Task task = scene.create("sleep 1000", {}, {.host_pid_namespace = true}).value();
  REQUIRE(task.start().has_value());
  const TaskProcess exec = task.exec("a", script("exec sleep 1000")).value();

  REQUIRE(task.kill(SIGKILL).has_value());

  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(exec.exit_status() == ExitStatus::signaled(SIGKILL));
  CHECK(scene.log.names() == Names{"created", "started", "started a", "exited a", "exited"});
  CHECK(task.remove({.force = true}).has_value());
}

TEST_CASE("an OOM kill is told before the exit that it caused and once") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const auto bundle = scene.runtime.bundle({"tail", "/dev/zero"}, {.memory_limit_bytes = 16 << 20});
  const Result<Task> task =
      Task::create(scene.runc, "web", bundle, {.directory = scene.runtime / "task", .on_event = scene.log.sink()});
  REQUIRE(task.has_value());
  const bool counts = has_own_cgroup(*task);
  if (counts) {
    REQUIRE(task->start().has_value());
    CHECK(task->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
    REQUIRE(scene.log.names() == Names{"created", "started", "oom", "exited"});
    CHECK(scene.log.find(Kind::oom)->oom_kills == 1);
  }
  CHECK(task->remove({.force = true}).has_value());
  if (test::skip_unless(counts, "the container has no cgroup of its own")) return;
}

TEST_CASE("no byte of a process that writes a lot and ends is lost") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const Task task = scene.create("head -c 8388608 /dev/zero | tr '\\0' x; printf end", {.out = out.sink()}).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  const std::string text = out.text();
  CHECK(text.size() == 8388608 + 3);
  CHECK(text.ends_with("xend"));
  CHECK(task.remove().has_value());
}

TEST_CASE("output goes to a file that is put aside when it is full") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const auto log = scene.runtime / "container.log";
  const Task task = scene
                        .create("for i in 1 2 3 4 5; do printf '%0999d\\n' $i; done",
                                {.out = Sink::file(log, {.max_bytes = 2000, .keep = 2})})
                        .value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  const std::string all =
      test::read_text(log.string() + ".2") + test::read_text(log.string() + ".1") + test::read_text(log);
  CHECK(all.size() == 5000);
  CHECK(test::read_text(log).ends_with("5\n"));
  CHECK(std::filesystem::file_size(log) <= 2000);
  CHECK(task.remove().has_value());
}

TEST_CASE("input by a fifo whose writers come and go goes on until it is closed") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const auto fifo = scene.runtime / "in";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Task task =
      scene.create("while read line; do echo got $line; done; echo end", {.in = Source::fifo(fifo), .out = out.sink()})
          .value();
  REQUIRE(task.start().has_value());
  test::write_text(fifo, "one\n");
  CHECK(out.wait_for("got one\n"));
  test::write_text(fifo, "two\n");
  CHECK(out.wait_for("got two\n"));
  CHECK_FALSE(task.init().exit_status().has_value());
  REQUIRE(task.init().close_stdin().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(out.text() == "got one\ngot two\nend\n");
  CHECK(task.remove().has_value());
}

TEST_CASE("input that is written goes on until it is closed") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const Task task =
      scene.create("while read line; do echo got $line; done; echo end", {.in = Source::pipe(), .out = out.sink()})
          .value();
  REQUIRE(task.start().has_value());
  const TaskProcess init = task.init();
  CHECK(init.write_stdin("one\n").value() == 4);
  CHECK(out.wait_for("got one\n"));
  CHECK(init.write_stdin("two\n").value() == 4);
  CHECK(out.wait_for("got two\n"));
  CHECK(init.write_stdin("three\n").value() == 6);
  CHECK(out.wait_for("got three\n"));
  CHECK_FALSE(init.exit_status().has_value());

  REQUIRE(init.close_stdin().has_value());

  CHECK(init.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(out.text() == "got one\ngot two\ngot three\nend\n");
  CHECK(init.close_stdin().has_value());
  CHECK(task.remove().has_value());
}

TEST_CASE("a task's terminal is read and typed to and resized") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const TaskIo io{.in = Source::pipe(), .out = out.sink(), .terminal = true, .size = {.columns = 100, .rows = 30}};
  const Task task = scene.create("stty size; while read line; do stty size; done; echo end", io).value();
  REQUIRE(task.start().has_value());
  CHECK(out.wait_for("30 100"));
  REQUIRE(task.init().resize({.columns = 90, .rows = 20}).has_value());
  CHECK(task.init().write_stdin("x\n").has_value());
  CHECK(out.wait_for("20 90"));
  REQUIRE(task.init().close_stdin().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(out.text().ends_with("end\r\n"));

  CHECK(task.remove().has_value());
}

TEST_CASE("an executed process has a terminal of its own") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const Task task = scene.create("sleep 1000").value();
  REQUIRE(task.start().has_value());
  const TaskProcess exec = task.exec("tty", script("test -t 0 && test -t 1 && echo a terminal; exit 3", true),
                                     {.io = {.out = out.sink(), .terminal = true}})
                               .value();
  CHECK(exec.wait({.timeout = 1min}).value() == ExitStatus::exited(3));
  CHECK(out.text() == "a terminal\r\n");
  CHECK(task.exec("x", script("true"), {.io = {.terminal = true}}).error().code == Errc::terminal_mismatch);
  CHECK(task.remove({.force = true}).has_value());
}

TEST_CASE("a task is paused and resumed and updated and looked at by its cgroup") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const Task task =
      scene.create("sleep 1000 & sleep 1000", {}, {.memory_limit_bytes = 64 << 20, .pids_limit = 64}).value();
  REQUIRE(task.start().has_value());
  const bool has_cgroup = has_own_cgroup(task);
  if (has_cgroup) {
    REQUIRE(task.pause().has_value());
    CHECK(scene.runc.state("web").value().status == Status::paused);
    REQUIRE(task.resume().has_value());
    oci::LinuxResources resources;
    resources.pids.emplace().limit = 99;
    REQUIRE(task.update(resources).has_value());
    const cgroups::Sample sample = task.stats(cgroups::StatMask::pids | cgroups::StatMask::pids_limit).value();
    CHECK(sample.stats.pids->limit == Limit(99));
    CHECK(task.pids().value().front() == task.pid());
    CHECK(scene.log.names() == Names{"created", "started", "paused", "resumed"});
    REQUIRE(task.pause().has_value());
    REQUIRE(task.kill(SIGKILL).has_value());
    CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  }
  CHECK(task.remove({.force = true}).has_value());
  if (test::skip_unless(has_cgroup, "the container has no cgroup of its own")) return;
}

TEST_CASE("a signal to all reaches each process of the container") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected out;
  const Task task = scene
                        .create(
                            "trap 'echo first; exit 1' TERM; sh -c 'trap \"echo second; exit 2\" TERM; echo ready; "
                            "while :; do sleep 0.1; done' & "
                            "wait; wait",
                            {.out = out.sink()})
                        .value();
  REQUIRE(task.start().has_value());
  REQUIRE(out.wait_for("ready\n"));
  const bool has_cgroup = has_own_cgroup(task);
  if (has_cgroup) {
    REQUIRE(task.kill_all(SIGTERM).has_value());
    CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(1));
    CHECK(out.text().find("first\n") != std::string::npos);
  }
  CHECK(task.remove({.force = true}).has_value());
  if (test::skip_unless(has_cgroup, "the container has no cgroup of its own")) return;
}

TEST_CASE("a container that somebody else made is attached to") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  REQUIRE(scene.runc.create("web", scene.runtime.bundle({"sh", "-c", "exit 4"})).has_value());

  const Task task = Task::attach(scene.runc, "web", {.on_event = scene.log.sink()}).value();
  REQUIRE(task.start().has_value());

  const ExitStatus status = task.wait({.timeout = 1min}).value();
  const bool may_be_lost = !test::kernel_is_at_least(6, 15);
  CHECK((status == ExitStatus::exited(4) || (may_be_lost && status == ExitStatus::lost())));
  CHECK(scene.log.names() == Names{"started", "exited"});
  CHECK(task.remove().has_value());
}

TEST_CASE("a task that its handle left is taken up with its input and output") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  Collected before;
  Collected after;
  const TaskIo io{.in = Source::pipe(), .out = before.sink()};
  Descriptor client;  // without another writer the input is at its end when the supervision ends
  {
    const Task task = scene.create("while read line; do echo got $line; done; exit 5", io).value();
    REQUIRE(task.start().has_value());
    CHECK(task.init().write_stdin("one\n").has_value());
    CHECK(before.wait_for("got one\n"));
    client = open_input(task);
    CHECK(task.exec("gone", script("exit 6")).value().wait({.timeout = 1min}).value() == ExitStatus::exited(6));
    CHECK(task.exec("stays", script("sleep 1000")).has_value());
  }

  const Task task =
      Task::reattach(scene.runc,
                     {.directory = scene.runtime / "task", .io = {.out = after.sink()}, .on_event = scene.log.sink()})
          .value();
  CHECK(task.id() == "web");
  CHECK(task.process("gone")->exit_status() == ExitStatus::exited(6));
  CHECK_FALSE(task.process("stays")->exit_status().has_value());
  CHECK(task.exec("gone", script("true")).error().code == Errc::already_exists);
  client.reset();
  CHECK(task.init().write_stdin("two\n").has_value());
  CHECK(after.wait_for("got two\n"));
  REQUIRE(task.process("stays")->kill(SIGKILL).has_value());
  CHECK(task.process("stays")->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  REQUIRE(task.init().close_stdin().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(5));
  CHECK(before.text() == "got one\n");
  CHECK(after.text() == "got two\n");
  CHECK(task.remove().has_value());
}

TEST_CASE("a create that fails leaves neither container nor directory behind") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const auto missing = scene.runtime.bundle({"/no/such/program"});
  const Result<Task> task =
      Task::create(scene.runc, "web", missing, {.directory = scene.runtime / "task", .io = {.in = Source::pipe()}});
  REQUIRE(task.has_error());
  CHECK(task.error().code == Errc::command_not_found);
  CHECK(task.error().container == "web");
  CHECK(scene.runc.list().value().empty());
  CHECK_FALSE(std::filesystem::exists(scene.runtime / "task"));

  const Task other = scene.create("sleep 1000").value();
  const Result<Task> again = scene.create("sleep 1000");
  CHECK(again.error().code == Errc::already_exists);
  CHECK(other.exec("bad", script("x"), {.io = {.out = Sink::file("/no/such/directory/log", {.max_bytes = 1})}})
            .error()
            .code == Errc::system_error);
  CHECK(other.processes().empty());
  CHECK(other.remove().has_value());
}

TEST_CASE("output goes to a fifo whose reader comes late and to a logger that reads by itself") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const auto fifo = scene.runtime / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto log = scene.runtime / "logged";
  // It is ready after a moment, and writes down each of its inputs by its name.
  const LoggerCommand logger{
      .argv = {"/bin/sh", "-c",
               "exec >>" + log.string() + "; echo ready >&5; exec 5>&-; sed 's/^/out: /' <&3; sed 's/^/err: /' <&4"}};

  const Task task =
      scene.create("echo two >&2; echo one; sleep 1000", {.out = Sink::fifo(fifo), .err = Sink::logger(logger)})
          .value();
  REQUIRE(task.start().has_value());
  std::ifstream reader(fifo);
  std::string line;
  CHECK(std::getline(reader, line));
  CHECK(line == "one");
  REQUIRE(task.kill(SIGKILL).has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(task.remove().has_value());
  // The logger ends by itself at the end of its input.
  const auto end = std::chrono::steady_clock::now() + 1min;
  while (test::read_text(log) != "err: two\n" && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK(test::read_text(log) == "err: two\n");
}

TEST_CASE("a logger that lives goes on while the task is taken up and another is not started") {
  if (skip_unless_real_runtime()) return;
  Scene scene;
  const auto log = scene.runtime / "logged";
  const auto starts = scene.runtime / "starts";
  const LoggerCommand logger{
      .argv = {"/bin/sh", "-c", "echo start >>" + starts.string() + "; exec cat <&3 >>" + log.string() + " 5>&-"}};
  Descriptor client;
  {
    const Task task =
        scene.create("while read line; do echo $line; done", {.in = Source::pipe(), .out = Sink::logger(logger)})
            .value();
    REQUIRE(task.start().has_value());
    CHECK(task.init().write_stdin("one\n").has_value());
    client = open_input(task);
  }
  const Task task = Task::reattach(scene.runc, {.directory = scene.runtime / "task"}).value();
  client.reset();
  CHECK(task.init().write_stdin("two\n").has_value());
  CHECK(task.init().close_stdin().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(task.remove().has_value());
  const auto end = std::chrono::steady_clock::now() + 1min;
  while (test::read_text(log) != "one\ntwo\n" && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK(test::read_text(log) == "one\ntwo\n");
  CHECK(test::read_text(starts) == "start\n");
}
