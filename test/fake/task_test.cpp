// SPDX-License-Identifier: Apache-2.0
// Tasks whose containers are plain processes: what is told in which order, and what is left behind by failures.
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "support/script_runtime.hpp"
#include "support/task_scene.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::Collected;
using test::EventLog;
using test::script;
using Kind = TaskEvent::Kind;
using Names = std::vector<std::string>;

namespace {

struct Scene : test::ScriptScene {
  EventLog log{};

  [[nodiscard]] TaskOptions options(TaskIo io = {}) {
    return {.directory = runtime / "task", .io = std::move(io), .on_event = log.sink()};
  }
  Result<Task> create(const std::string& program, TaskIo io = {}) {
    runtime.on_run(program);
    return Task::create(runc, "web", runtime.bundle(), options(std::move(io)));
  }
  [[nodiscard]] bool is_clean() const { return !runtime.has("web") && !std::filesystem::exists(runtime / "task"); }
};

}  // namespace

TEST_CASE("a task tells its life in order and gives its output and exit") {
  Scene scene;
  Collected out;
  Collected err;
  const Task task = scene.create("echo out; echo err >&2; exit 7", {.out = out.sink(), .err = err.sink()}).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(7));
  CHECK(out.text() == "out\n");
  CHECK(err.text() == "err\n");
  CHECK(task.init().kill(SIGKILL).error().code == Errc::not_running);
  REQUIRE(task.remove().has_value());
  CHECK(scene.log.names() == Names{"created", "started", "exited", "removed"});
  CHECK(scene.is_clean());
}

TEST_CASE("an exit that comes before start has returned is told after the start") {
  Scene scene;
  scene.runtime.on_verb("start",
                        "echo >\"$c/start\"; while kill -0 $(cat $c/pid) 2>/dev/null; do sleep 0.01; done; exit 0");
  const Task task = scene.create("exit 3").value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(3));
  CHECK(scene.log.names() == Names{"created", "started", "exited"});
  CHECK(task.remove().has_value());
}

TEST_CASE("what was executed goes and is told before the first process") {
  Scene scene;
  scene.runtime.on_exec("exec sleep 1000");
  const Task task = scene.create("exec sleep 1000").value();
  REQUIRE(task.start().has_value());
  const TaskProcess one = task.exec("one", script("")).value();
  CHECK(task.exec("one", script("")).error().code == Errc::already_exists);
  CHECK(task.forget("one").error().code == Errc::not_stopped);
  REQUIRE(task.kill(SIGTERM).has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGTERM));
  CHECK(one.exit_status() == ExitStatus::signaled(SIGKILL));
  CHECK(task.exec("two", script("")).error().code == Errc::not_running);
  CHECK(scene.log.names() == Names{"created", "started", "started one", "exited one", "exited"});
  CHECK(task.forget("one").has_value());
  CHECK(task.processes().empty());
  CHECK(task.remove().has_value());
  CHECK(scene.is_clean());
}

TEST_CASE("what comes to be executed while the first process ends goes with it and is told before") {
  Scene scene;
  const std::string here = scene.runtime / "here";
  const std::string go = scene.runtime / "go";
  REQUIRE(::mkfifo(here.c_str(), 0600) == 0);
  REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  scene.runtime.on_verb("exec", "echo >" + here + "; read -r x <" + go);
  scene.runtime.on_exec("exec sleep 1000");
  const Task task = scene.create("exec sleep 1000").value();
  REQUIRE(task.start().has_value());
  std::future<Result<TaskProcess>> executing =
      std::async(std::launch::async, [task] { return task.exec("one", script("")); });
  CHECK(test::read_text(here) == "\n");

  REQUIRE(task.kill(SIGKILL).has_value());
  CHECK(task.wait({.timeout = 100ms}).error().code == Errc::timed_out);
  test::write_text(go, "\n");

  CHECK(executing.get().value().wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(scene.log.names() == Names{"created", "started", "started one", "exited one", "exited"});
  CHECK(task.remove().has_value());
}

TEST_CASE("a pid that is used anew before it is looked at is not taken for the process that was executed") {
  Scene scene;
  // The pid file is old when the process starts whose pid it has.
  scene.runtime.on_verb(
      "exec",
      "printf 1 >\"$pid_file\"; touch -r \"$pid_file\" $root/then; sleep 0.3; sleep 1000 & printf %s $! "
      ">\"$pid_file\"; touch -r $root/then \"$pid_file\"; cp \"$pid_file\" $root/stranger; exit 0");
  const Task task = scene.create("exec sleep 1000").value();
  REQUIRE(task.start().has_value());

  const TaskProcess one = task.exec("one", script("")).value();

  CHECK(one.wait({.timeout = 1min}).value() == ExitStatus::lost());
  CHECK(one.kill(SIGKILL).error().code == Errc::not_running);
  const pid_t stranger = static_cast<pid_t>(std::stol(test::read_text(scene.runtime.root() / "stranger")));
  CHECK(::kill(stranger, SIGKILL) == 0);
  REQUIRE(task.kill(SIGKILL).has_value());
  CHECK(task.wait({.timeout = 1min}).has_value());
  CHECK(task.remove().has_value());
}

TEST_CASE("input for a process that does not read it any more is an error and no SIGPIPE") {
  Scene scene;
  const Task task =
      scene.create("exec sleep 1000", {.in = Source::pipe()}).value();  // its shell has given it /dev/null
  REQUIRE(task.start().has_value());

  const Error error = task.init().write_stdin("line\n").error();

  CHECK(error.code == Errc::not_running);
  CHECK(error.reason.ends_with("nobody reads its input any more"));
  CHECK(task.remove({.force = true}).has_value());
}

TEST_CASE("an exit waits for a slow sink and then for it no longer") {
  Scene scene;
  std::promise<void> may_go_on;
  const std::shared_future<void> gate = may_go_on.get_future().share();
  const TaskIo io{.out = Sink::callback([gate](std::string_view) { gate.wait(); })};
  const Task task = scene.create("echo one", io).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 100ms}).error().code == Errc::timed_out);
  may_go_on.set_value();
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(task.remove().has_value());
}

TEST_CASE("output that a sink refuses is told as lost and the exit as ever") {
  Scene scene;
  const TaskOptions options =
      scene.options({.out = Sink::callback([](std::string_view) { throw std::runtime_error("full"); })});
  scene.runtime.on_run("echo one");
  const Task task = Task::create(scene.runc, "web", scene.runtime.bundle(), options).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  const TaskEvent lost = scene.log.find(Kind::output_lost).value();
  CHECK(lost.lost_bytes == 4);
  CHECK(lost.error->reason.find("full") != std::string::npos);
  CHECK(task.remove().has_value());
}

TEST_CASE("output that comes after the exit by a process left behind is handed on") {
  Scene scene;
  Collected out;
  const auto fifo = scene.runtime / "later";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Task task =
      scene.create("(read -r x <" + fifo.string() + "; echo later) & echo first", {.out = out.sink()}).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));
  CHECK(out.text() == "first\n");
  test::write_text(fifo, "\n");
  CHECK(out.wait_for("first\nlater\n"));
  CHECK(task.remove().has_value());
}

TEST_CASE("a process left behind with the output open costs no time while it writes nothing") {
  Scene scene;
  Collected out;
  const auto fifo = scene.runtime / "later";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  scene.runtime.on_run("(read -r x <" + fifo.string() + ") & echo first");
  TaskOptions options = scene.options({.out = out.sink()});
  options.drain_timeout = 10ms;
  const Task task = Task::create(scene.runc, "web", scene.runtime.bundle(), options).value();
  REQUIRE(task.start().has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::exited(0));

  const auto cpu_time = [] {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  const auto before = cpu_time();
  ::poll(nullptr, 0, 300);  // well beyond the time that it is waited for
  CHECK(cpu_time() - before < 100ms);
  test::write_text(fifo, "\n");
  CHECK(task.remove().has_value());
}

TEST_CASE("a create that fails or is too late or is cancelled leaves nothing behind") {
  Scene scene;
  scene.runtime.on_run("exec sleep 1000");
  SUBCASE("fails") {
    scene.runtime.on_verb("create", "fail 'no such thing'");
    const Error error = scene.create("").error();
    CHECK(error.code == Errc::runtime_failed);
    CHECK(error.operation == "create");
    CHECK(error.container == "web");
  }
  SUBCASE("is too late") {
    scene.runtime.on_verb("create", "exec sleep 1000");
    TaskOptions options = scene.options();
    options.timeout = 50ms;
    CHECK(Task::create(scene.runc, "web", scene.runtime.bundle(), options).error().code == Errc::timed_out);
  }
  SUBCASE("is cancelled") {
    scene.runtime.on_verb("create", "exec sleep 1000");
    std::stop_source stop;
    TaskOptions options = scene.options();
    options.stop = stop.get_token();
    std::jthread later([&] { stop.request_stop(); });
    CHECK(Task::create(scene.runc, "web", scene.runtime.bundle(), options).error().code == Errc::cancelled);
  }
  SUBCASE("has no pid file") {
    scene.runtime.on_verb("create", "mkdir $c; : >$c/pid; exit 0");
    CHECK(scene.create("").error().code == Errc::system_error);
  }
  SUBCASE("has a sink that cannot be opened") {
    CHECK(scene.create("", {.out = Sink::file("/no/such/directory", {.max_bytes = 1})}).error().code ==
          Errc::system_error);
  }
  SUBCASE("has a logger that cannot be started") {
    CHECK(scene.create("", {.out = Sink::logger({.argv = {"/no/such/logger"}})}).error().code == Errc::system_error);
  }
  CHECK(scene.is_clean());
  CHECK(scene.log.names().empty());
}

TEST_CASE("a directory that has a task is not taken by another") {
  Scene scene;
  const Task task = scene.create("exec sleep 1000").value();
  CHECK(Task::create(scene.runc, "other", scene.runtime.bundle(), scene.options()).error().code ==
        Errc::already_exists);
  CHECK(task.remove({.force = true}).has_value());
  CHECK(scene.log.names() == Names{"created", "exited", "removed"});
}

TEST_CASE("a wait ends with the supervision and the container goes on") {
  Scene scene;
  std::optional<Task> task = scene.create("exec sleep 1000").value();
  REQUIRE(task->start().has_value());
  const TaskProcess init = task->init();
  std::future<Result<ExitStatus>> waiting =
      std::async(std::launch::async, [init] { return init.wait({.timeout = 1min}); });
  task.reset();
  CHECK(waiting.get().error().code == Errc::cancelled);
  CHECK(init.wait().error().code == Errc::cancelled);

  const Task again = Task::reattach(scene.runc, scene.options()).value();
  CHECK(again.pid() == init.pid());
  CHECK(again.remove({.force = true}).has_value());
  CHECK(again.wait().value() == ExitStatus::signaled(SIGKILL));
  CHECK(scene.is_clean());
}

TEST_CASE("an exit that nobody was there to see is told to who takes the task up") {
  Scene scene;
  std::optional<Task> task = scene.create("exec sleep 1000").value();
  REQUIRE(task->start().has_value());
  const pid_t pid = task->pid();
  task.reset();
  // The monitor's, as if the kernel kept it: a real restart has a new monitor, and the exit is lost before Linux 6.15.
  const auto process = scene.monitor->watch(pid).value();
  REQUIRE(process->signal(SIGUSR1).has_value());
  REQUIRE(process->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGUSR1));

  const Task again = Task::reattach(scene.runc, scene.options()).value();
  const ExitStatus status = again.wait({.timeout = 1min}).value();
  CHECK((status == ExitStatus::signaled(SIGUSR1) || status == ExitStatus::lost()));
  CHECK(scene.log.names() == Names{"created", "started", "exited"});
  CHECK(again.remove().has_value());
}

TEST_CASE("a task that is taken up after its container is gone is an error and its directory is free") {
  Scene scene;
  std::optional<Task> task = scene.create("exec sleep 1000").value();
  task.reset();
  REQUIRE(scene.runc.remove("web", {.force = true}).has_value());
  CHECK(Task::reattach(scene.runc, scene.options()).error().code == Errc::container_not_found);
  CHECK(scene.is_clean());
  CHECK(Task::reattach(scene.runc, scene.options()).error().code == Errc::container_not_found);
  CHECK(Task::reattach(scene.runc, {}).error().code == Errc::invalid_argument);

  std::filesystem::create_directory(scene.runtime / "task");
  test::write_text(scene.runtime / "task" / "task.json.new", "{");  // a supervisor that was killed as it began
  CHECK(Task::reattach(scene.runc, scene.options()).error().code == Errc::container_not_found);
  CHECK(std::filesystem::is_empty(scene.runtime / "task"));
}

TEST_CASE("what a runtime that was killed as it wrote a pid has left goes with the task") {
  Scene scene;
  std::optional<Task> task = scene.create("exec sleep 1000").value();
  REQUIRE(task->start().has_value());
  scene.runtime.on_exec("exec sleep 1000");
  const pid_t executed = task->exec("one", script("")).value().pid();
  task.reset();
  const auto process = scene.monitor->watch(executed).value();
  REQUIRE(process->signal(SIGKILL).has_value());
  REQUIRE(process->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  // The record of an exec that was under way when its supervisor was killed: the process is not known yet.
  const std::string record = scene.runtime / "task" / "task.json";
  const std::string known = "\"pid\":" + std::to_string(executed);
  std::string text = test::read_text(record);
  REQUIRE(text.find(known) != std::string::npos);
  test::write_text(record, text.replace(text.find(known), known.size(), "\"pid\":0"));
  for (const char* const each : {".init.pid", ".exec-one.pid", "exec-one.pid"}) {
    test::write_text(scene.runtime / "task" / each, std::to_string(executed));
  }

  const Task again = Task::reattach(scene.runc, scene.options()).value();
  CHECK_FALSE(again.process("one").has_value());
  CHECK(again.remove({.force = true}).has_value());
  CHECK(scene.is_clean());
}

TEST_CASE("any number may wait from any thread and all are told the same") {
  Scene scene;
  const Task task = scene.create("read -r x <" + (scene.runtime / "go").string() + "; exit 9").value();
  REQUIRE(::mkfifo((scene.runtime / "go").c_str(), 0600) == 0);
  REQUIRE(task.start().has_value());
  std::vector<std::future<Result<ExitStatus>>> waits;
  for (int i = 0; i < 16; ++i) {
    waits.push_back(std::async(std::launch::async, [task] { return task.wait({.timeout = 1min}); }));
  }
  test::write_text(scene.runtime / "go", "\n");
  for (auto& each : waits) CHECK(each.get().value() == ExitStatus::exited(9));
  CHECK(task.remove().has_value());
}

TEST_CASE("calls from many threads on one task keep its order") {
  Scene scene;
  scene.runtime.on_exec("exit 4");
  const Task task = scene.create("exec sleep 1000").value();
  REQUIRE(task.start().has_value());
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(std::async(std::launch::async, [&task, t] {
      for (int i = 0; i < 3; ++i) {
        const std::string id = "e" + std::to_string(t) + std::to_string(i);
        const TaskProcess process = task.exec(id, script("")).value();
        CHECK(process.wait({.timeout = 1min}).value() == ExitStatus::exited(4));
        CHECK(task.forget(id).has_value());
      }
    }));
  }
  for (auto& each : threads) each.get();
  CHECK(task.remove({.force = true}).has_value());
  const Names names = scene.log.names();
  CHECK(names.size() == 2 + 24 + 2);
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 3; ++i) {
      const std::string id = "e" + std::to_string(t) + std::to_string(i);
      CHECK(std::ranges::find(names, "started " + id) < std::ranges::find(names, "exited " + id));
    }
  }
}

TEST_CASE("a task without a cgroup of its own has no statistics and is not killed as a whole") {
  Scene scene;
  const Task task = scene.create("exec sleep 1000").value();
  CHECK(task.stats().error().code == Errc::unsupported);
  CHECK(task.pids().error().code == Errc::unsupported);
  CHECK(task.kill_all(SIGKILL).error().code == Errc::unsupported);
  CHECK(task.remove({.force = true}).has_value());
}
