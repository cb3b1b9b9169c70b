// SPDX-License-Identifier: Apache-2.0
// Process: how the exit of any process is learnt, child or not, and what is never made up.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/console_peer.hpp"
#include "support/fifo.hpp"
#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/shell.hpp"
#include "sys/calls.hpp"
#include "sys/proc_stat.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::LivingProcess;
using test::sh;
using test::shell;

namespace {

/// A process that is not our child: it ends as `script` does once `let_go` is called, and its parent reaps it or never
/// does.
class Stranger {
 public:
  enum class Parent { reaps, never_reaps };

  Stranger(const std::string& script, Parent parent) : fifo_(fake_.make_fifo("go")) {
    const std::string told = fake_.make_fifo("told").string();
    const std::string child = "sh -c 'read x < " + fifo_.string() + "; " + script + "'";
    // The parent is a grandchild of ours that lives on; after exec it is a program that waits for nobody.
    const std::string rest = std::string(parent == Parent::reaps ? "wait; " : "") + "exec sleep 1000";
    pid_ = test::pid_by(shell(), "( " + child + " & echo $! > " + told + "; " + rest +
                                     " ) >/dev/null 2>&1 & read p < " + told + "; echo $p");
    parent_ = parent_of(pid_);
  }
  ~Stranger() {
    if (parent_ > 1) ::kill(parent_, SIGKILL);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  void let_go() { test::let_go(fifo_); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  static pid_t parent_of(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
      if (word == "PPid:") {
        pid_t parent = 0;
        status >> parent;
        return parent;
      }
    }
    return 0;
  }

  test::FakeRuntime fake_{};
  std::filesystem::path fifo_;
  pid_t pid_ = 0;
  pid_t parent_ = 0;
};

bool kernel_keeps_statuses() { return test::kernel_is_at_least(6, 15); }

}  // namespace

TEST_CASE("a stranger that nobody reaps tells its status from /proc") {
  PidfdMonitor monitor;
  for (const auto& [script, expected] : {std::pair{"exit 7", ExitStatus::exited(7)},
                                         {"exit 0", ExitStatus::exited(0)},
                                         {"kill -9 $$", ExitStatus::signaled(SIGKILL)}}) {
    Stranger stranger(script, Stranger::Parent::never_reaps);
    const auto process = monitor.watch(stranger.pid()).value();
    CHECK(process->wait({.timeout = 10ms}).error().code == Errc::timed_out);
    CHECK_FALSE(process->has_ended());

    stranger.let_go();
    const ExitStatus status = process->wait({.timeout = 20s}).value();

    CHECK(status == expected);
    CHECK(std::chrono::abs(status.time() - ExitStatus::Clock::now()) < 1min);
    CHECK(process->wait().value() == expected);
    CHECK(process->has_ended());
  }
}

TEST_CASE("a stranger that its parent reaped tells its status where the kernel keeps it and is lost elsewhere") {
  PidfdMonitor monitor;
  Stranger stranger("exit 7", Stranger::Parent::reaps);
  const auto process = monitor.watch(stranger.pid()).value();

  stranger.let_go();
  const ExitStatus status = process->wait({.timeout = 20s}).value();

  CHECK((status == ExitStatus::exited(7) || status == ExitStatus::lost()));
  if (kernel_keeps_statuses()) CHECK(status == ExitStatus::exited(7));
}

TEST_CASE("an exit code that this process may not see is lost and not a success") {
  Calls forbidden = kernel_calls();
  forbidden.readlink = [](const char*, char*, size_t) -> ssize_t {
    errno = EACCES;
    return -1;
  };
  PidfdMonitor monitor;
  Stranger stranger("exit 7", Stranger::Parent::never_reaps);
  const auto process = monitor.watch(stranger.pid()).value();
  const ReplacedCalls replaced(forbidden);

  stranger.let_go();

  CHECK(process->wait({.timeout = 20s}).value() == ExitStatus::lost());
}

TEST_CASE("a name in /proc/PID/stat may hold anything") {
  const std::string numbers =
      " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 18 4242 20 21 22 23 24 25 26 27 28 29 30 31 32 "
      "33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 1792\n";
  const auto stat = sys::parse_proc_stat("12 (a) R 9 (\n) Z" + numbers);

  REQUIRE(stat.has_value());
  CHECK(stat->is_dead());
  CHECK(stat->start_ticks == 4242);
  CHECK(stat->wait_status == 1792);
  CHECK_FALSE(sys::parse_proc_stat("12 (a) Z 1 2").has_value());
  CHECK_FALSE(sys::parse_proc_stat("12 a").has_value());
  CHECK_FALSE(sys::parse_proc_stat("12 (a) Z" + numbers.substr(0, numbers.size() - 5) + "x").has_value());
}

TEST_CASE("our own child can be watched and reaped on request") {
  PidfdMonitor monitor;
  LivingProcess child;
  const auto process = monitor.watch(child.pid()).value();
  CHECK(process->pid() == child.pid());
  CHECK(process->signal(0).has_value());
  child.end();
  CHECK(process->wait({.timeout = 20s}).value().kind() != ExitStatus::Kind::lost);
}

TEST_CASE("watching a pid that is nobody's is not_running") {
  PidfdMonitor monitor;
  CHECK(monitor.watch(-1).error().code == Errc::invalid_argument);
  const auto pid = test::pid_by(shell(), "echo $$");
  CHECK(monitor.watch(pid).error().code == Errc::not_running);
}

TEST_CASE("a pidfd can be watched and another descriptor cannot") {
  PidfdMonitor monitor;
  LivingProcess child;
  const auto process = monitor.watch(Descriptor(::fcntl(child.pidfd(), F_DUPFD_CLOEXEC, 3))).value();
  CHECK(process->pid() == child.pid());
  CHECK(monitor.watch(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))).error().code == Errc::malformed_output);
}

TEST_CASE("many can wait for one process at once and on one context") {
  PidfdMonitor monitor;
  Stranger stranger("exit 3", Stranger::Parent::never_reaps);
  const auto process = monitor.watch(stranger.pid()).value();
  boost::asio::io_context context;
  std::vector<Result<ExitStatus>> results;
  for (int i = 0; i < 4; ++i) {
    process->async_wait({}, boost::asio::bind_executor(
                                context, [&](Result<ExitStatus> status) { results.push_back(std::move(status)); }));
  }
  auto elsewhere = std::async(std::launch::async, [&] { return process->wait({.timeout = 20s}); });

  stranger.let_go();
  context.run();

  CHECK(elsewhere.get().value() == ExitStatus::exited(3));
  REQUIRE(results.size() == 4);
  for (const auto& result : results) CHECK(result.value() == ExitStatus::exited(3));
}

TEST_CASE("a wait can be stopped and leaves the process alone") {
  PidfdMonitor monitor;
  LivingProcess child;
  const auto process = monitor.watch(child.pid()).value();
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return process->wait({.stop = stop.get_token()}); });
  stop.request_stop();

  CHECK(waiting.get().error().code == Errc::cancelled);
  CHECK_FALSE(process->has_ended());
}

TEST_CASE("no signal reaches a process that got a pid anew") {
  const char* const last_pid = "/proc/sys/kernel/ns_last_pid";
  if (test::skip_unless(::access(last_pid, W_OK) == 0 && ::geteuid() == 0, "cannot choose the next pid")) return;
  PidfdMonitor monitor;
  auto first = std::make_unique<LivingProcess>();
  const pid_t pid = first->pid();
  const auto process = monitor.watch(pid).value();
  first->end();
  first.reset();  // reaped
  std::unique_ptr<LivingProcess> second;
  for (int i = 0; i < 50 && (!second || second->pid() != pid); ++i) {
    second.reset();
    std::ofstream(last_pid) << pid - 1;
    second = std::make_unique<LivingProcess>();
  }
  if (test::skip_unless(second->pid() == pid, "the pid went to somebody else each time")) return;

  CHECK(process->signal(SIGKILL).error().code == Errc::not_running);

  CHECK(process->wait({.timeout = 20s}).has_value());
  const auto another = monitor.watch(pid).value();
  CHECK_FALSE(another->has_ended());
  CHECK_FALSE(process->deliver(ExitStatus::exited(99)));
}
