// SPDX-License-Identifier: Apache-2.0
// What the exit of a child costs one waiting thread, of 100, 1,000 and 10,000 at once: time on the CPU of the thread
// that waits, for each exit, by this library and by hand with epoll and waitid(P_PIDFD).

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "report.hpp"
#include "stopwatch.hpp"
#include "usage.hpp"

namespace {

namespace asio = boost::asio;
using namespace crunc::bench;

double thread_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// A pipe whose readers end when its writer is closed.
struct Gate {
  int fds[2];
  Gate() { need(::pipe2(fds, O_CLOEXEC) == 0, "cannot make a pipe"); }
  void open() {
    ::close(fds[1]);
    fds[1] = -1;
  }
  ~Gate() {
    ::close(fds[0]);
    if (fds[1] >= 0) ::close(fds[1]);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
};

/// Children that wait at a gate, their pidfds in an epoll.
int spawn_into_epoll(int count, const Gate& gate) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, gate.fds[0], 0);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; ++i) {
    const char* const argv[] = {CRUNC_CHILD_PATH, nullptr};
    pid_t pid = -1;
    need(::posix_spawn(&pid, argv[0], &actions, nullptr, const_cast<char* const*>(argv), environ) == 0, "spawn");
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    epoll_event event{.events = EPOLLIN, .data = {.fd = pidfd}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event);
  }
  posix_spawn_file_actions_destroy(&actions);
  return epoll;
}

/// By hand.
double by_epoll(int count) {
  Gate gate;
  const int epoll = spawn_into_epoll(count, gate);
  const double began = thread_microseconds();
  gate.open();
  for (int left = count; left > 0;) {
    epoll_event events[128];
    const int ready = ::epoll_wait(epoll, events, 128, -1);
    for (int i = 0; i < ready; ++i) {
      constexpr int by_pidfd = 3;
      siginfo_t info{};
      need(::syscall(SYS_waitid, by_pidfd, events[i].data.fd, &info, WEXITED | WNOHANG, nullptr) == 0, "waitid");
      if (info.si_pid == 0) continue;
      need(info.si_status == 7, "a wrong status");
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
      ::close(events[i].data.fd);
      --left;
    }
  }
  const double spent = thread_microseconds() - began;
  ::close(epoll);
  return spent / count;
}

/// A program that is watched: its exit is a Process of a monitor's. Counts the statuses that are not what they were.
double by_crunc(int count, int& lost) {
  Gate gate;
  const crunc::Runc program({.command = CRUNC_CHILD_PATH});
  asio::io_context context(1);
  int started = 0;
  int right = 0;
  for (int i = 0; i < count; ++i) {
    crunc::RawOptions options{.io = {.in = crunc::Stream::descriptor(gate.fds[0])}};
    options.on_spawned = [&](const crunc::RuntimeProcess&) { ++started; };
    program.async_raw({}, options, asio::bind_executor(context, [&](crunc::Result<crunc::Finished> finished) {
                        if (finished && finished->status == crunc::ExitStatus::exited(7)) ++right;
                      }));
  }
  while (started < count) context.run_one();
  while (context.poll_one() > 0) {
  }
  const double began = thread_microseconds();
  gate.open();
  context.run();
  const double spent = thread_microseconds() - began;
  lost += count - right;
  return spent / count;
}

/// Round by round.
std::vector<double> quotients(const std::vector<double>& above, const std::vector<double>& below) {
  std::vector<double> results;
  for (std::size_t i = 0; i < above.size(); ++i) results.push_back(above[i] / below[i]);
  return results;
}

void compare(Report& report) {
  raise_descriptor_limit();
  constexpr std::size_t spare = 100;
  const int most = static_cast<int>(std::min<std::size_t>(report.quick() ? 2'000 : 10'000, descriptor_limit() - spare));
  const std::vector<int> counts{100, 1'000, most};
  std::vector<int> lost(counts.size());
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // Few children are gone so soon that only several rounds of them can be measured.
    const int rounds = std::max(1, 1'000 / counts[i]);
    measures.push_back(mean_of(rounds, [&, i] { return by_crunc(counts[i], lost[i]); }));
    measures.push_back(mean_of(rounds, [&, i] { return by_epoll(counts[i]); }));
  }
  // Each start of many copies the table of descriptors, which takes longer than what is measured.
  const auto times = in_turn(measures, report.quick() ? 1 : 3, WarmUp::none);
  const std::string which = "of " + std::to_string(most) + " children at once";
  report.value(bars::lost_exits.of(which), "", {static_cast<double>(lost.back())});
  const auto growth = quotients(times[4], times[0]);
  const auto growth_by_hand = quotients(times[5], times[1]);
  report.ratio(bars::flat_exits.of(which), "x", growth, growth_by_hand);
  report.ratio(cost("CPU time of an exit over one of 100").of(which), "us", times[4], times[0]);
  report.ratio(cost("the same by hand with epoll").of(which), "us", times[5], times[1]);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    report.ratio(cost("CPU time of an exit over epoll by hand").of("of " + std::to_string(counts[i])), "us",
                 times[2 * i], times[2 * i + 1]);
  }
}

}  // namespace

int main(int argc, char** argv) { return run_bench("exit", argc, argv, compare); }
