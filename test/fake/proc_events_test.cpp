// SPDX-License-Identifier: Apache-2.0
// Exits of processes that somebody else reaps, on a kernel that keeps no status.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include <crunc/monitor.hpp>

#include "support/failing.hpp"
#include "support/requirements.hpp"
#include "support/shell.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::fail_with;

namespace {

/// Linux before 6.15, and a zombie's status that we may not see.
Calls without_other_sources() {
  Calls table = kernel_calls();
  table.ioctl = [](int fd, unsigned long request, void* argument) {
    constexpr unsigned long pidfd_get_info = 0xC040FF0B;
    return request == pidfd_get_info ? fail_with<int>(ENOTTY) : kernel_calls().ioctl(fd, request, argument);
  };
  table.readlink = [](const char* path, char* out, size_t size) {
    return std::strstr(path, "/ns/user") != nullptr ? fail_with<ssize_t>(EACCES)
                                                    : kernel_calls().readlink(path, out, size);
  };
  return table;
}

std::shared_ptr<ProcEventsMonitor> start_or_skip() {
  auto monitor = ProcEventsMonitor::start();
  if (test::skip_unless(monitor.has_value(), monitor ? "" : monitor.error().message())) return nullptr;
  return *monitor;
}

/// A child that waits for the other end of a pipe to be closed, and then ends as it is told.
class Waiting {
 public:
  explicit Waiting(void (*end)()) {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(fds[1]);
      char byte = 0;
      static_cast<void>(!::read(fds[0], &byte, 1));
      end();
      ::_exit(99);
    }
    ::close(fds[0]);
    release_ = fds[1];
  }
  ~Waiting() {
    release();
    static_cast<void>(::waitpid(pid_, nullptr, 0));
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  void release() {
    if (release_ >= 0) ::close(release_);
    release_ = -1;
  }
  void reap() const { REQUIRE(::waitpid(pid_, nullptr, 0) == pid_); }

 private:
  pid_t pid_ = -1;
  int release_ = -1;
};

[[maybe_unused]] void exit_with_a_thread_left() {
  std::thread([] { ::pause(); }).detach();
  ::_exit(11);
}

}  // namespace

TEST_CASE("process events tell how a stranger ended that somebody else reaped") {
  const Calls table = without_other_sources();
  const ReplacedCalls replaced(table);
  const auto monitor = start_or_skip();
  if (!monitor) return;
  struct Row {
    void (*end)();
    ExitStatus status;
  };
  std::vector<Row> rows = {{[] { ::_exit(7); }, ExitStatus::exited(7)},
                           {[] { ::_exit(0); }, ExitStatus::exited(0)},
                           {[] { ::raise(SIGKILL); }, ExitStatus::signaled(SIGKILL)}};
#ifndef __SANITIZE_THREAD__  // which lets no thread be made behind a fork
  rows.push_back({exit_with_a_thread_left, ExitStatus::exited(11)});
#endif
  for (const Row& row : rows) {
    Waiting child(row.end);
    const auto process = monitor->watch(child.pid()).value();
    PidfdMonitor blind;
    const auto unseen = blind.watch(child.pid()).value();
    child.release();
    child.reap();
    CHECK(process->wait({.timeout = 1min}).value() == row.status);
    CHECK(unseen->wait({.timeout = 1min}).value() == ExitStatus::lost());
  }
}

TEST_CASE("process events tell of a process that ended before it was watched") {
  const Calls table = without_other_sources();
  const ReplacedCalls replaced(table);
  const auto monitor = start_or_skip();
  if (!monitor) return;
  Waiting child([] { ::_exit(5); });
  child.release();
  child.reap();
  CHECK(monitor->watch(child.pid()).value()->wait({.timeout = 1min}).value() == ExitStatus::exited(5));
}

TEST_CASE("with process events a child's status comes from reaping it") {
  const auto monitor = start_or_skip();
  if (!monitor) return;
  // None is left as a zombie, which the listener of leaks would see.
  const Runc shell({.command = "/bin/sh", .monitor = monitor});
  for (int i = 0; i < 20; ++i) CHECK(test::sh(shell, "exit 3").value().status == ExitStatus::exited(3));
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(4);
  CHECK(monitor->watch(pid, {.reap = true}).value()->wait({.timeout = 1min}).value() == ExitStatus::exited(4));
}

TEST_CASE("a kernel that refuses process events is an error that says what was refused") {
  Calls table = kernel_calls();
  table.socket = [](int, int, int) { return fail_with<int>(EPROTONOSUPPORT); };
  {
    const ReplacedCalls replaced(table);
    const auto refused = ProcEventsMonitor::start();
    CHECK(refused.error().system == std::errc::protocol_not_supported);
    CHECK(refused.error().message().find("process events") != std::string::npos);
  }
  table = kernel_calls();
  // As in a pid namespace: the request is taken, and nothing comes.
  table.write = [](int, const void*, size_t size) { return static_cast<ssize_t>(size); };
  table.recvmsg = [](int, msghdr*, int) { return fail_with<ssize_t>(EAGAIN); };
  if (!start_or_skip()) return;
  const ReplacedCalls replaced(table);
  CHECK(ProcEventsMonitor::start({.patience = 20ms}).error().system == std::errc::timed_out);
}
