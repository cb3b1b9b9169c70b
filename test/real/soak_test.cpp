// SPDX-License-Identifier: Apache-2.0
// Many calls and containers in one process. CRUNC_SOAK says how many calls and containers, "20000x500"; by default
// "200x3". What the process holds is printed ten times on the way.
#include <doctest/doctest.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/leaks.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/task_scene.hpp"

using namespace crunc;
using test::FakeRuntime;
using test::ProcessSnapshot;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

/// What allocators keep for themselves, sanitizers' included, is far below what a leak in each call comes to.
constexpr long most_growth_kib = 12 * 1024;
constexpr int looks = 10;

struct Amount {
  int calls = 200;
  int containers = 3;
};

Amount amount() {
  Amount result;
  const char* const given = std::getenv("CRUNC_SOAK");
  if (given == nullptr) return result;
  const std::string text = given;
  result.calls = std::stoi(text);
  result.containers = std::stoi(text.substr(text.find('x') + 1));
  return result;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(line.find_first_of("0123456789")));
  }
  return 0;
}

/// How many are open, once what has ended has let go of its own: `most` at the most, or else what is left in a second.
std::size_t open_descriptors(std::size_t most) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::size_t count = ProcessSnapshot::take().descriptors.size();
  while (count > most && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    count = ProcessSnapshot::take().descriptors.size();
  }
  return count;
}

/// Does it so often, looks at this process on the way, and fails the test where it has grown since the first tenth.
void repeat(const char* what, int times, const std::function<void(int)>& once) {
  // Where huge pages are given to all, two MiB become resident with the first byte of them, at any time.
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  long resident = 0;
  std::size_t descriptors = 0;
  std::string seen;
  for (int i = 0; i < times; ++i) {
    once(i);
    if ((i + 1) % std::max(times / looks, 1) != 0) continue;
    const long now = resident_kib();
    const std::size_t open = open_descriptors(descriptors);
    seen += "\n  " + std::to_string(i + 1) + " " + what + ": " + std::to_string(now) + " KiB resident, " +
            std::to_string(open) + " descriptors";
    if (resident == 0) resident = now, descriptors = open;
    CHECK(now - resident < most_growth_kib);
    CHECK(open == descriptors);
  }
  ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  MESSAGE(seen);
}

void call_in_each_way(const Runc& runc, const Runc& missing, int number) {
  switch (number % 5) {
    case 0: CHECK(runc.state("web").value().pid == 42); return;
    case 1: CHECK(runc.exec("web", {"x"}, {.io = Io::capture()}).value().output.out == "out"); return;
    case 2: CHECK(runc.start("web").error().code == Errc::container_not_found); return;
    case 3: CHECK(missing.state("web").error().code == Errc::runtime_not_found); return;
    default: break;
  }
  boost::asio::io_context context;
  int pid = 0;
  runc.async_state(
      "web", {}, boost::asio::bind_executor(context, [&](const Result<Container>& state) { pid = state.value().pid; }));
  context.run();
  CHECK(pid == 42);
}

}  // namespace

TEST_CASE("a process that makes calls for long does not grow") {
  FakeRuntime fake;
  fake.recording(false);
  fake.on("state").step("stdout " + test::quote(R"({"id":"web","pid":42,"status":"running"})"));
  fake.on("exec").step("pid_file").step("stdout out").step("exit 3");
  fake.on("start").step("stderr " + test::quote("container does not exist\n")).step("exit 1");
  const Runc runc({.command = fake.command()});
  const Runc missing({.command = "/nonexistent/runc"});
  repeat("calls", amount().calls, [&](int number) { call_in_each_way(runc, missing, number); });
}

TEST_CASE("a process that runs containers for long does not grow") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  test::Loop loop;
  RuncOptions options = runtime.options();
  options.executor = loop.executor();
  const Runc runc(options);
  const auto bundle = runtime.bundle({"sh", "-c", "echo hello; exec sleep 1000"});
  repeat("containers", amount().containers, [&](int) {
    test::Collected out;
    TaskOptions task_options;
    task_options.io.out = out.sink();
    const Task task = Task::create(runc, "web", bundle, task_options).value();
    REQUIRE(task.start().has_value());
    CHECK(out.wait_for("hello\n"));
    CHECK(runtime->exec("web", {"sh", "-c", "exit 4"}).value().status == ExitStatus::exited(4));
    CHECK(task.kill(SIGKILL).has_value());
    CHECK(task.remove({.force = true}).has_value());
  });
}
