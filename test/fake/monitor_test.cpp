// SPDX-License-Identifier: Apache-2.0
// Monitors in processes that we do not own: foreign reapers, foreign children, SIGCHLD set to anything, forks
// elsewhere.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/failing.hpp"
#include "support/fifo.hpp"
#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/shell.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;
using test::sh;
using test::shell;

namespace {

/// Sets what becomes of SIGCHLD for a test.
class ChildSignal {
 public:
  ChildSignal(void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigaction(SIGCHLD, &action, &before_);
  }
  ~ChildSignal() { ::sigaction(SIGCHLD, &before_, nullptr); }
  ChildSignal(const ChildSignal&) = delete;
  ChildSignal& operator=(const ChildSignal&) = delete;

 private:
  struct sigaction before_ {};
};

pid_t fork_child(int exit_code) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(exit_code);
  return pid;
}

/// A child that has ended with 11, and whose status the host has taken and handed on.
pid_t reap_and_tell(HostFedMonitor& monitor) {
  const pid_t pid = fork_child(11);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK_FALSE(monitor.notify(pid, status));
  return pid;
}

/// A host's wait loop.
class HostLoop {
 public:
  explicit HostLoop(HostFedMonitor& monitor)
      : thread_([this, &monitor] {
          while (!stop_) {
            int status = 0;
            const pid_t pid = ::waitpid(-1, &status, WNOHANG);
            if (pid > 0) {
              monitor.notify(pid, status);
            } else {
              std::this_thread::yield();
            }
          }
        }) {}
  ~HostLoop() {
    stop_ = true;
    thread_.join();
  }
  HostLoop(const HostLoop&) = delete;
  HostLoop& operator=(const HostLoop&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void check_statuses(const Runc& runc) {
  for (int code = 0; code < 12; ++code) {
    const auto finished = sh(runc, "exit " + std::to_string(code));
    REQUIRE(finished.has_value());
    CHECK(finished->status == ExitStatus::exited(code));
  }
  CHECK(sh(runc, "kill -9 $$").value().status == ExitStatus::signaled(SIGKILL));
}

}  // namespace

TEST_CASE("a child's status has the time and what it used") {
  const auto finished = sh(shell(), "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; exit 3").value();

  CHECK(finished.status == ExitStatus::exited(3));
  REQUIRE(finished.status.usage().has_value());
  CHECK(finished.status.usage()->max_rss_bytes > 100'000);
  CHECK(finished.status.usage()->user + finished.status.usage()->system > 0us);
}

TEST_CASE("SIGCHLD ignored or with SA_NOCLDWAIT gives the right status or honestly none") {
  for (const auto& [handler, flags] : {std::pair{SIG_IGN, 0}, {SIG_DFL, SA_NOCLDWAIT}}) {
    const ChildSignal ignored(handler, flags);
    for (int i = 0; i < 10; ++i) {
      const auto finished = sh(shell(), "exit 5");
      if (finished) {
        CHECK(finished->status == ExitStatus::exited(5));
      } else {
        CHECK(finished.error().code == Errc::status_lost);
        CHECK_FALSE(test::kernel_is_at_least(6, 15));
      }
    }
  }
}

TEST_CASE("SIGCHLD blocked in the calling thread changes nothing") {
  sigset_t child;
  sigset_t before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &child, &before);
  check_statuses(shell());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

namespace {
std::atomic<int> handled{0};
}  // namespace

TEST_CASE("the host's handler is called for its own children and finds them unreaped") {
  handled = 0;
  const ChildSignal handler([](int) { ++handled; }, SA_RESTART);
  const pid_t own = fork_child(21);
  check_statuses(shell());

  int status = 0;
  CHECK(::waitpid(own, &status, 0) == own);
  CHECK(WEXITSTATUS(status) == 21);
  CHECK(handled > 0);
  struct sigaction now {};
  ::sigaction(SIGCHLD, nullptr, &now);
  CHECK((now.sa_handler != SIG_DFL));
}

TEST_CASE("a thief of statuses leaves them to the kernel's memory or they are lost") {
  const test::Thief thief;
  for (int i = 0; i < 15; ++i) {
    const auto finished = sh(shell(), "exit 9");
    if (finished) {
      CHECK(finished->status == ExitStatus::exited(9));
    } else {
      CHECK(finished.error().code == Errc::status_lost);
      CHECK_FALSE(test::kernel_is_at_least(6, 15));
    }
  }
}

TEST_CASE("a host that feeds its own wait loop's finds gives every status") {
  const auto monitor = std::make_shared<HostFedMonitor>();
  const HostLoop loop(*monitor);
  check_statuses(shell(monitor));
}

TEST_CASE("a host-fed monitor remembers exits of strangers and tells whether anybody asked") {
  HostFedMonitor monitor;
  const pid_t own = reap_and_tell(monitor);

  CHECK(monitor.recall(own) == ExitStatus::exited(11));
  CHECK(monitor.watch(own).value()->wait().value() == ExitStatus::exited(11));
}

TEST_CASE("an exit is remembered also where the kernel is not through with the process that was reaped") {
  HostFedMonitor monitor;
  const pid_t own = reap_and_tell(monitor);
  for (const int says : {EINVAL, ENOENT, ESRCH}) {
    static int error = 0;
    error = says;
    sys::Calls table = sys::kernel_calls();
    table.pidfd_open = [](pid_t) { return test::fail_with<int>(error); };
    const sys::ReplacedCalls replaced(table);

    CHECK(monitor.watch(own).value()->wait().value() == ExitStatus::exited(11));
  }
}

TEST_CASE("a host that never tells makes a status lost and not a hang") {
  const auto monitor = std::make_shared<HostFedMonitor>(HostFedOptions{.patience = 50ms});
  const test::Thief thief;
  for (int i = 0; i < 5; ++i) {
    const auto finished = sh(shell(monitor), "exit 9");
    CHECK((finished ? finished->status == ExitStatus::exited(9) : finished.error().code == Errc::status_lost));
  }
}

TEST_CASE("a subreaper gives every status of its children and of orphans") {
  const auto monitor = SubreaperMonitor::start().value();
  check_statuses(shell(monitor));

  for (int code = 1; code < 9; ++code) {
    // The orphan ends before or after it is watched.
    const pid_t orphan =
        test::pid_by(shell(monitor), "sh -c 'exit " + std::to_string(code) + "' >&- 2>&- & exec echo $!");
    const auto process = monitor->watch(orphan);
    REQUIRE(process.has_value());
    CHECK((*process)->wait({.timeout = 20s}).value() == ExitStatus::exited(code));
  }
}

TEST_CASE("a subreaper tells of exits that nobody watches") {
  std::mutex mutex;
  std::condition_variable told;
  std::map<pid_t, ExitStatus> unknown;
  const auto monitor = SubreaperMonitor::start({.on_unknown_exit = [&](pid_t pid, const ExitStatus& status) {
                         const std::lock_guard lock(mutex);
                         unknown.emplace(pid, status);
                         told.notify_all();
                       }}).value();
  const pid_t own = fork_child(31);

  std::unique_lock lock(mutex);
  REQUIRE(told.wait_for(lock, 20s, [&] { return unknown.contains(own); }));
  CHECK(unknown.at(own) == ExitStatus::exited(31));
  CHECK(unknown.at(own).usage().has_value());
}

TEST_CASE("every monitor serves calls on several contexts and threads at once") {
  constexpr int contexts = 3;
  constexpr int calls = 10;
  using Monitor = std::shared_ptr<ProcessMonitor>;
  // One after the other: a subreaper takes the children of all others.
  const std::vector<std::function<Monitor()>> monitors{[] { return std::make_shared<PidfdMonitor>(); },
                                                       [] { return std::make_shared<HostFedMonitor>(); },
                                                       []() -> Monitor { return SubreaperMonitor::start().value(); }};
  for (const auto& make : monitors) {
    const Monitor monitor = make();
    const Runc runc = shell(monitor);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < contexts; ++t) {
      threads.emplace_back([&] {
        boost::asio::io_context context;
        for (int i = 0; i < calls; ++i) {
          runc.async_raw({"-c", "exit " + std::to_string(i)}, {.io = Io{}},
                         boost::asio::bind_executor(context, [&right, i](Result<Finished> finished) {
                           if (finished && finished->status == ExitStatus::exited(i)) ++right;
                         }));
        }
        context.run();
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == contexts * calls);
  }
}

TEST_CASE("there is one subreaper at a time and the attribute is put back with it") {
  const auto is_subreaper = [] {
    int value = -1;
    ::prctl(PR_GET_CHILD_SUBREAPER, &value);
    return value;
  };
  CHECK(is_subreaper() == 0);
  {
    const auto monitor = SubreaperMonitor::start().value();
    CHECK(is_subreaper() == 1);
    CHECK(SubreaperMonitor::start().error().code == Errc::already_exists);
  }
  CHECK(is_subreaper() == 0);
  CHECK(SubreaperMonitor::start().has_value());
}

TEST_CASE("a subreaper can end while children live and leaves them be") {
  FakeRuntime fake;
  const auto fifo = fake.make_fifo("hold");
  std::shared_ptr<Process> process;
  {
    const auto monitor = SubreaperMonitor::start().value();
    const pid_t orphan =
        test::pid_by(shell(monitor), "sh -c 'read x < " + fifo.string() + "; exit 6' >&- 2>&- & exec echo $!");
    process = monitor->watch(orphan, {.reap = true}).value();
  }
  CHECK_FALSE(process->has_ended());

  test::let_go(fifo);

  CHECK(process->wait({.timeout = 20s}).value() == ExitStatus::exited(6));
}

TEST_CASE("a fork of the host's that keeps our pipes does not hold a call up") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  const auto go = fake.make_fifo("go");
  fake.on("state")
      .step(R"(stdout "{\"id\":\"%ID%\",\"pid\":7,\"status\":\"running\"}")")
      .step("open_write " + here.string())
      .step("open_read " + go.string());
  const Runc runc({.command = fake.command()});
  pid_t forked = -1;
  std::thread host([&] {
    test::await_arrival(here);
    forked = ::fork();  // copies the reading ends, and nothing of the child's
    if (forked == 0) {
      ::pause();
      ::_exit(0);
    }
    test::let_go(go);
  });

  const auto state = runc.state("web", {.timeout = 20s});

  host.join();
  ::kill(forked, SIGKILL);
  ::waitpid(forked, nullptr, 0);
  CHECK(state.value().pid == 7);
}

TEST_CASE("a forked process of the host's can make calls of its own") {
  const Runc runc = shell();
  CHECK(sh(runc, "exit 1").value().status == ExitStatus::exited(1));
  const pid_t forked = ::fork();
  if (forked == 0) {
    const auto inner = runc.raw({"-c", "exit 4"}, {.io = Io{}});
    ::_exit(inner && inner->status == ExitStatus::exited(4) ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(forked, &status, 0) == forked);
  CHECK(status == 0);
}
