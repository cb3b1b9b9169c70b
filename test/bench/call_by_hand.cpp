// SPDX-License-Identifier: Apache-2.0
// By posix_spawn(3), poll(2) and waitpid(2).
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "callers.hpp"

namespace crunc::bench {
namespace {

/// With a clean mask of signals and their default actions, as any launcher has to.
pid_t spawn(const std::string& program, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const char* const argv[] = {program.c_str(), "state", "web", nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, program.c_str(), &actions, &attributes, const_cast<char* const*>(argv), environ) != 0) {
    std::abort();
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return pid;
}

/// Both up to their ends; the first one's text.
std::string drain(int out, int err) {
  std::string text;
  char buffer[4096];
  pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  for (int open = 2; open > 0;) {
    ::poll(fds, 2, -1);
    for (pollfd& each : fds) {
      if (each.fd < 0 || each.revents == 0) continue;
      const ssize_t got = ::read(each.fd, buffer, sizeof buffer);
      if (got > 0) {
        if (&each == &fds[0]) text.append(buffer, static_cast<std::size_t>(got));
      } else {
        ::close(each.fd);
        each.fd = -1;
        --open;
      }
    }
  }
  return text;
}

}  // namespace

std::string call_by_hand(const std::string& program) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = spawn(program, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  std::string text = drain(out[0], err[0]);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) std::abort();
  return text;
}

}  // namespace crunc::bench
