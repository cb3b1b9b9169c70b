// SPDX-License-Identifier: Apache-2.0
// The life of a task in which each system call of each kind fails once: an error that says what, or none, nothing
// waits for ever, and nothing is left.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>

#include "support/failing.hpp"
#include "support/script_runtime.hpp"
#include "support/task_scene.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::script;

namespace {

std::atomic<int> calls_left;  ///< until one fails
std::atomic<int> the_errno;

/// Whether this is the call that fails.
bool strikes() { return calls_left.fetch_sub(1) == 1; }

/// What stands in the table for a call, and fails once.
template <auto Member, class Function>
struct Once;
template <auto Member, class R, class... Args>
struct Once<Member, R (*)(Args...)> {
  static R call(Args... args) {
    if (strikes()) return test::fail_with<R>(the_errno);
    return (kernel_calls().*Member)(args...);
  }
};

/// Of writes those with room to run out of: an eventfd has always some.
ssize_t full_disk(int fd, const void* buffer, std::size_t size) {
  if (size != sizeof(std::uint64_t) && strikes()) return test::fail_with<ssize_t>(the_errno);
  return kernel_calls().write(fd, buffer, size);
}

template <auto Member>
Calls failing() {
  Calls table = kernel_calls();
  table.*Member = &Once<Member, std::remove_reference_t<decltype(table.*Member)>>::call;
  return table;
}

struct Row {
  std::string name;
  Calls table;
  int error;
};

/// No wait was given up, and who failed says in what way.
template <class T>
void check(const Result<T>& result) {
  if (result.has_value()) return;
  CAPTURE(result.error().message());
  CHECK(result.error().code != Errc::none);
  CHECK(result.error().code != Errc::timed_out);
  CHECK_FALSE(result.error().message().empty());
}

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
    check(task);
    if (!task) return;
    if (const Result<void> started = task->start(); started.has_value()) {
      run_exec(*task);
      check(task->init().write_stdin("line\n"));
      check(task->init().close_stdin());
      static_cast<void>(task->kill(SIGTERM));  // where the line did not reach it
      check(task->wait({.timeout = 1min}));
    } else {
      check(started);
    }
    check(task->remove({.force = true}));
  }
  static void run_exec(const Task& task) {
    const Result<TaskProcess> one = task.exec("one", script(""));
    check(one);
    if (one) check(one->wait({.timeout = 1min}));
  }

  /// What a caller does who was told of a failure.
  void remove_what_is_left() {
    const Result<Task> left = Task::reattach(runc, {.directory = runtime / "task"});
    if (left) CHECK(left->remove({.force = true}).has_value());
    CHECK_FALSE(runtime.has("web"));
    CHECK_FALSE(std::filesystem::exists(runtime / "task"));
  }
};

}  // namespace

TEST_CASE("a task in whose life any one system call fails is told of it and leaves nothing") {
  Calls full = kernel_calls();
  full.write = full_disk;
  const Row rows[] = {
      {"open", failing<&Calls::open>(), EMFILE},
      {"open", failing<&Calls::open>(), ENOSPC},
      {"read", failing<&Calls::read>(), EIO},
      {"read", failing<&Calls::read>(), EINTR},
      {"write", full, ENOSPC},
      {"write", failing<&Calls::write>(), EINTR},
      {"pipe2", failing<&Calls::pipe2>(), EMFILE},
      {"eventfd", failing<&Calls::eventfd>(), ENFILE},
      {"memfd_create", failing<&Calls::memfd_create>(), ENOMEM},
      {"fcntl", failing<&Calls::fcntl>(), EMFILE},
      {"stat", failing<&Calls::stat>(), EIO},
      {"fstat", failing<&Calls::fstat>(), EIO},
      {"rename", failing<&Calls::rename>(), ENOSPC},
      {"readlink", failing<&Calls::readlink>(), ENOMEM},
      {"clone", failing<&Calls::clone>(), EAGAIN},
      {"waitid", failing<&Calls::waitid>(), EINTR},
      {"pidfd_open", failing<&Calls::pidfd_open>(), EMFILE},
      {"pidfd_send_signal", failing<&Calls::pidfd_send_signal>(), EPERM},
      {"poll", failing<&Calls::poll>(), EINTR},
      {"poll", failing<&Calls::poll>(), ENOMEM},
  };
  Life life;
  constexpr int most = 40;
  for (const Row& row : rows) {
    the_errno = row.error;
    int nth = 1;
    for (; nth <= most; ++nth) {
      CAPTURE(row.name);
      CAPTURE(row.error);
      CAPTURE(nth);
      const auto began = std::chrono::steady_clock::now();
      {
        test::Collected out;
        calls_left = nth;
        const ReplacedCalls replaced(row.table);
        life.run_once(out);
      }
      CHECK(std::chrono::steady_clock::now() - began < 5s);
      const bool struck = calls_left.exchange(0) <= 0;
      if (std::filesystem::exists(life.runtime / "task") || life.runtime.has("web")) life.remove_what_is_left();
      if (!struck) break;
    }
    MESSAGE(row.name << " failed at " << nth - 1 << " places");
  }
}
