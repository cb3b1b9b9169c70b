// SPDX-License-Identifier: Apache-2.0
// Kernels, and filters of system calls, that lack pidfds or close_range: still right, only slower.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <set>

#include <linux/sched.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "support/failing.hpp"
#include "support/scenario.hpp"
#include "support/shell.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::fail_with;
using test::FakeRuntime;
using test::sh;
using test::shell;

namespace {

/// Before Linux 5.2: the flag is ignored, and nothing of pidfds is known.
Calls without_pidfds() {
  Calls table = kernel_calls();
  table.clone = [](int (*entry)(void*), void* stack, int flags, void* argument, int*) {
    return kernel_calls().clone(entry, stack, flags & ~CLONE_PIDFD, argument, nullptr);
  };
  table.pidfd_open = [](pid_t) { return fail_with<int>(ENOSYS); };
  table.pidfd_send_signal = [](int, int) { return fail_with<int>(ENOSYS); };
  table.waitid = [](int type, unsigned id, siginfo_t* info, int options, rusage* usage) {
    constexpr int by_pidfd = 3;
    return type == by_pidfd ? fail_with<int>(EINVAL) : kernel_calls().waitid(type, id, info, options, usage);
  };
  return table;
}

/// A filter that refuses the flag.
Calls with_refused_flag(int error) {
  static int refusal;
  refusal = error;
  Calls table = kernel_calls();
  table.clone = [](int (*entry)(void*), void* stack, int flags, void* argument, int* pidfd) {
    return (flags & CLONE_PIDFD) != 0 ? fail_with<int>(refusal)
                                      : kernel_calls().clone(entry, stack, flags, argument, pidfd);
  };
  return table;
}

void check_calls() {
  CHECK(sh(shell(), "exit 3").value().status == ExitStatus::exited(3));
  CHECK(sh(shell(), "kill -9 $$").value().status == ExitStatus::signaled(SIGKILL));
  CHECK(sh(shell(), "echo out; echo err >&2").value().output.out == "out\n");
  CHECK(Runc({.command = "/nonexistent/runc"}).state("web").error().code == Errc::runtime_not_found);
  FakeRuntime fake;
  fake.on("*").step("hang");
  const auto hung = Runc({.command = fake.command()}).state("web", {.timeout = 100ms});
  CHECK(hung.error().code == Errc::timed_out);
  CHECK(hung.error().exit == ExitStatus::signaled(SIGTERM));
}

}  // namespace

TEST_CASE("without pidfds calls and deadlines and statuses are right") {
  const Calls table = without_pidfds();
  const ReplacedCalls replaced(table);
  check_calls();
}

TEST_CASE("a filter that refuses a pidfd from clone is got around") {
  for (const int error : {EINVAL, ENOSYS, EPERM}) {
    const Calls table = with_refused_flag(error);
    const ReplacedCalls replaced(table);
    check_calls();
  }
}

TEST_CASE("without pidfds a stranger is watched by pid and start time") {
  const Calls table = without_pidfds();
  const ReplacedCalls replaced(table);
  FakeRuntime fake;
  const auto fifo = fake.make_fifo("go");
  const auto monitor = SubreaperMonitor::start().value();
  const pid_t orphan =
      test::pid_by(shell(monitor), "sh -c 'read x < " + fifo.string() + "; exit 6' >&- 2>&- & exec echo $!");
  const auto process = monitor->watch(orphan).value();
  CHECK(process->pidfd() == -1);
  CHECK_FALSE(process->has_ended());
  CHECK(process->wait({.timeout = 5ms}).error().code == Errc::timed_out);

  CHECK(process->signal(SIGKILL).has_value());

  CHECK(process->wait({.timeout = 20s}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(process->signal(SIGKILL).error().code == Errc::not_running);
}

TEST_CASE("without close_range a child gets exactly the descriptors that were named") {
  for (const int error : {ENOSYS, EINVAL, EPERM}) {
    static int refusal;
    refusal = error;
    Calls table = kernel_calls();
    table.child_cloexec_range = [](unsigned, unsigned) { return fail_with<int>(refusal); };
    const int left_open = ::open("/dev/null", O_RDONLY);  // not close-on-exec, on purpose
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    {
      const ReplacedCalls replaced(table);
      CHECK(Runc({.command = fake.command()}).raw({"x"}, {.io = Io::capture()}).has_value());
    }
    ::close(left_open);
    std::set<std::int64_t> fds;
    const auto record = fake.records().at(0);
    for (const auto& fd : record.at("fds").as_array()) fds.insert(fd.at("fd").as_int64());
    CHECK(fds == std::set<std::int64_t>{0, 1, 2});
  }
}
