// SPDX-License-Identifier: Apache-2.0
// The life of a task in which each system call of each kind fails once: an error that says what, or none, nothing
// waits for ever, and nothing is left.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include "support/faults.hpp"
#include "support/script_runtime.hpp"
#include "support/task_scene.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::script;
using test::succeeded;

namespace {

struct Life : test::ScriptScene {
  Life() {
    runtime.on_run("echo out; read -r line; echo $line; exit 7");
    runtime.on_exec("echo more; exit 3");
  }

  void run_once(test::Collected& out) {
    const std::string log = runtime / "log";
    Result<Task> task =
        Task::create(runc, "web", runtime.bundle(),
                     {.directory = runtime / "task",
                      .io = {.in = Source::pipe(), .out = out.sink(), .err = Sink::file(log, {.max_bytes = 4096})}});
    if (!succeeded(task)) return;
    if (const Result<void> started = task->start(); started.has_value()) {
      run_exec(*task);
      succeeded(task->init().write_stdin("line\n"));
      succeeded(task->init().close_stdin());
      static_cast<void>(task->kill(SIGTERM));  // where the line did not reach it
      succeeded(task->wait({.timeout = 1min}));
    } else {
      succeeded(started);
    }
    succeeded(task->remove({.force = true}));
  }
  static void run_exec(const Task& task) {
    const Result<TaskProcess> one = task.exec("one", script(""));
    if (succeeded(one)) succeeded(one->wait({.timeout = 1min}));
  }

  /// What a caller does who was told of a failure.
  void remove_what_is_left() const {
    const Result<Task> left = Task::reattach(runc, {.directory = runtime / "task"});
    if (left) CHECK(left->remove({.force = true}).has_value());
    CHECK_FALSE(runtime.has("web"));
  }
};

}  // namespace

TEST_CASE("a task in whose life any one system call fails is told of it and leaves nothing") {
  Life life;
  const auto struck = test::sweep(
      [&] {
        test::Collected out;
        life.run_once(out);
      },
      [&](const test::Fault& fault) {
        if (std::filesystem::exists(life.runtime / "task") || life.runtime.has("web")) life.remove_what_is_left();
        // A file that cannot be removed stays, and its directory with it.
        const std::string call = fault.call;
        if (call == "unlink" || call == "rmdir") std::filesystem::remove_all(life.runtime / "task");
        CHECK_FALSE(std::filesystem::exists(life.runtime / "task"));
      });
  for (const auto& [call, places] : struck) MESSAGE(call << " failed at " << places << " places");
  CHECK(struck.size() > 15);
}
