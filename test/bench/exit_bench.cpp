// SPDX-License-Identifier: Apache-2.0
// What the exit of a child costs one waiting thread, of 100, 1,000 and 10,000 at once: time on the CPU of the thread
// that waits, for each exit, by this library and by hand with epoll and waitid(P_PIDFD).

#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

namespace {

namespace asio = boost::asio;

double thread_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// A pipe whose readers end when its writer is closed.
struct Gate {
  int fds[2];
  Gate() {
    if (::pipe2(fds, O_CLOEXEC) != 0) std::abort();
  }
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

const char* const script = "read x; exit 7";

/// By hand.
double by_epoll(int count) {
  Gate gate;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, gate.fds[0], 0);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> pidfds;
  for (int i = 0; i < count; ++i) {
    const char* argv[] = {"sh", "-c", script, nullptr};
    pid_t pid = -1;
    if (::posix_spawn(&pid, "/bin/sh", &actions, nullptr, const_cast<char**>(argv), environ) != 0) std::abort();
    pidfds.push_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    epoll_event event{.events = EPOLLIN, .data = {.fd = pidfds.back()}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, pidfds.back(), &event);
  }
  posix_spawn_file_actions_destroy(&actions);
  const double began = thread_microseconds();
  gate.open();
  for (int left = count; left > 0;) {
    epoll_event events[128];
    const int ready = ::epoll_wait(epoll, events, 128, -1);
    for (int i = 0; i < ready; ++i) {
      constexpr int by_pidfd = 3;
      siginfo_t info{};
      if (::syscall(SYS_waitid, by_pidfd, events[i].data.fd, &info, WEXITED | WNOHANG, nullptr) != 0) std::abort();
      if (info.si_pid == 0) continue;
      if (info.si_status != 7) std::abort();
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
      ::close(events[i].data.fd);
      --left;
    }
  }
  const double spent = thread_microseconds() - began;
  ::close(epoll);
  return spent / count;
}

/// A program that is watched: its exit is a Process of a monitor's.
double by_crunc(int count) {
  Gate gate;
  const crunc::Runc shell({.command = "/bin/sh"});
  asio::io_context context(1);
  int started = 0;
  int right = 0;
  double began = 0;
  for (int i = 0; i < count; ++i) {
    crunc::RawOptions options{.io = {.in = crunc::Stream::descriptor(gate.fds[0])}};
    options.on_spawned = [&](const crunc::RuntimeProcess&) { ++started; };
    shell.async_raw({"-c", script}, options, asio::bind_executor(context, [&](crunc::Result<crunc::Finished> finished) {
                      if (finished && finished->status == crunc::ExitStatus::exited(7)) ++right;
                    }));
  }
  while (started < count) context.run_one();
  while (context.poll_one() > 0) {
  }
  began = thread_microseconds();
  gate.open();
  context.run();
  const double spent = thread_microseconds() - began;
  if (right != count) std::printf("  %d of %d statuses are wrong\n", count - right, count);
  return spent / count;
}

double median(const std::function<double()>& measure, int rounds) {
  std::vector<double> results;
  for (int i = 0; i < rounds; ++i) results.push_back(measure());
  std::ranges::sort(results);
  return results[results.size() / 2];
}

}  // namespace

int main() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::printf("%10s %18s %18s %8s\n", "children", "crunc, us an exit", "epoll, us an exit", "ratio");
  for (const int wanted : {100, 1'000, 10'000}) {
    constexpr rlim_t spare = 100;
    const int count = static_cast<int>(std::min<rlim_t>(static_cast<rlim_t>(wanted), limit.rlim_cur - spare));
    const int rounds = wanted <= 1'000 ? 5 : 1;  // each start copies the table of descriptors: 10,000 take their time
    const double ours = median([&] { return by_crunc(count); }, rounds);
    const double by_hand = median([&] { return by_epoll(count); }, rounds);
    std::printf("%10d %18.1f %18.1f %8.2f\n", count, ours, by_hand, ours / by_hand);
  }
}
