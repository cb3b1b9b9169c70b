// SPDX-License-Identifier: Apache-2.0
// parent_death_signal: a runtime goes with the process that started it, and with nothing less.
#include <doctest/doctest.h>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/fifo.hpp"
#include "support/process.hpp"
#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::FakeRuntime;

#if defined(__SANITIZE_THREAD__)
constexpr bool can_fork_and_go_on = false;
#else
constexpr bool can_fork_and_go_on = true;
#endif

TEST_CASE("B21 a runtime outlives the thread that started it") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  const auto go = fake.make_fifo("go");
  fake.on("*").step("open_write " + here.string()).step("open_read " + go.string()).step("exit 0");
  const Runc runc({.command = fake.command(), .parent_death_signal = SIGKILL});
  boost::asio::io_context context;
  std::optional<Result<void>> result;
  runc.async_start("web", {}, boost::asio::bind_executor(context, [&](Result<void> r) { result = std::move(r); }));
  long starter = 0;
  std::thread([&] {
    starter = ::syscall(SYS_gettid);
    context.run_one();  // the first step, which starts the runtime
    test::await_arrival(here);
  }).join();
  // A thread's death is announced to its children before it leaves the process.
  while (std::filesystem::exists("/proc/self/task/" + std::to_string(starter))) std::this_thread::yield();

  test::let_go(go);
  context.run();

  REQUIRE(result.has_value());
  CHECK(result->has_value());
}

TEST_CASE("B21 a runtime is told when the process that started it dies") {
  if (test::skip_unless(can_fork_and_go_on, "TSan allows no threads after a fork")) return;
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  const auto pid_file = fake / "runtime.pid";
  fake.on("*").step("open_write " + here.string()).step("hang");
  const auto command = fake.command();
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto note = [&](const RuntimeProcess& runtime) { test::write_text(pid_file, std::to_string(runtime.pid())); };
    static_cast<void>(
        Runc({.command = command, .parent_death_signal = SIGKILL}).create("web", "/b", {.on_spawned = note}));
    ::_exit(1);
  }
  test::await_arrival(here);
  pid_t runtime = 0;
  while (runtime == 0) {
    const std::string text = test::read_text(pid_file);
    if (!text.empty()) runtime = std::stoi(text);
  }
  CHECK(test::is_alive(runtime));

  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);

  test::wait_for_end(runtime);
  CHECK_FALSE(test::is_alive(runtime));
}

TEST_CASE("a runtime whose parent is gone already is not started") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  Calls orphaned = kernel_calls();
  orphaned.child_getppid = [] { return pid_t{1}; };
  const ReplacedCalls replaced(orphaned);

  const auto started = Runc({.command = fake.command(), .parent_death_signal = SIGTERM}).start("web");

  REQUIRE(started.has_error());
  CHECK(started.error().code == Errc::spawn_failed);
  CHECK(started.error().reason.find("tie its life") != std::string::npos);
  CHECK(fake.records().empty());
}

TEST_CASE("a kernel that will not tie a child's life to ours is a typed error") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  Calls refusing = kernel_calls();
  refusing.child_parent_death_signal = [](int) {
    errno = EPERM;
    return -1;
  };
  const ReplacedCalls replaced(refusing);

  const auto started = Runc({.command = fake.command(), .parent_death_signal = SIGTERM}).start("web");

  CHECK(started.error().code == Errc::spawn_failed);
  CHECK((started.error().system == std::errc::operation_not_permitted));
}
