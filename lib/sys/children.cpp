// SPDX-License-Identifier: Apache-2.0
// Subreaping, and waiting for any child.

#include "sys/children.hpp"

#include <cerrno>
#include <csignal>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/calls.hpp"
#include "sys/spawn.hpp"

namespace crunc::sys {

SysResult<bool> is_subreaper() noexcept {
  int value = 0;
  if (calls().prctl(PR_GET_CHILD_SUBREAPER, reinterpret_cast<unsigned long>(&value)) != 0) {
    return {boost::system::in_place_error, last_error()};
  }
  return {boost::system::in_place_value, value != 0};
}

std::error_code set_subreaper(bool wanted) noexcept {
  return calls().prctl(PR_SET_CHILD_SUBREAPER, wanted ? 1 : 0) == 0 ? std::error_code{} : last_error();
}

SysResult<pid_t> wait_for_any_child() noexcept {
  siginfo_t info{};
  while (calls().waitid(P_ALL, 0, &info, WEXITED | WNOWAIT, nullptr) != 0) {
    if (errno != EINTR) return last_error();
  }
  return info.si_pid;
}

std::optional<pid_t> find_ended_child() noexcept {
  siginfo_t info{};
  while (calls().waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG, nullptr) != 0) {
    if (errno != EINTR) return std::nullopt;
  }
  return info.si_pid == 0 ? std::nullopt : std::optional(info.si_pid);
}

namespace {
// Not _exit(), which sanitizers intercept: this runs in the parent's memory.
__attribute__((no_sanitize("thread", "address", "undefined"))) int end_at_once(void*) {
  return static_cast<int>(::syscall(SYS_exit_group, 0));
}
}  // namespace

SysResult<ProcessRef> make_ended_child() noexcept {
  const char* const none[] = {nullptr};
  SpawnResult child = spawn({.executable = "", .argv = none, .environment = none, .in_child = end_at_once});
  if (child.failed_at != SpawnStage::none) return child.error;
  return ProcessRef::of_child(child.pid, std::move(child.pidfd));
}

void block_all_signals() noexcept {
  sigset_t every_signal;
  sigfillset(&every_signal);
  calls().thread_sigmask(SIG_SETMASK, &every_signal, nullptr);
}

}  // namespace crunc::sys
