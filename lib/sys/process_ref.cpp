// SPDX-License-Identifier: Apache-2.0
// Looking at, signalling and reaping one process.

#include "sys/process_ref.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <sys/wait.h>

#include "sys/calls.hpp"
#include "sys/pidfd.hpp"
#include "sys/proc_stat.hpp"

namespace crunc::sys {
namespace {

constexpr int id_type_pidfd = 3;  // P_PIDFD, an enumerator only in newer libcs

ExitStatus status_of(const siginfo_t& info, const rusage& usage) noexcept {
  ExitStatus status = info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                                 : ExitStatus::signaled(info.si_status, info.si_code == CLD_DUMPED);
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  constexpr std::uint64_t kib = 1024;
  status.set_usage({.user = time(usage.ru_utime),
                    .system = time(usage.ru_stime),
                    .max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * kib});
  return status;
}

/// waitid() on one process: by pidfd where that is to be had (Linux 5.4), else by pid.
int wait_on(pid_t pid, int pidfd, siginfo_t& info, int options, rusage* usage) noexcept {
  for (;;) {
    if (pidfd >= 0) {
      const int result = calls().waitid(id_type_pidfd, static_cast<unsigned>(pidfd), &info, options, usage);
      if (result == 0 || (errno != EINTR && errno != EINVAL)) return result;
      if (errno == EINTR) continue;
    }
    const int result = calls().waitid(P_PID, static_cast<unsigned>(pid), &info, options, usage);
    if (result == 0 || errno != EINTR) return result;
  }
}

}  // namespace

ProcessRef ProcessRef::of_child(pid_t pid, Fd pidfd) {
  ProcessRef result(pid, std::move(pidfd), Kin::child);
  if (result.pidfd_) return result;
  if (const SysResult<ProcStat> stat = read_proc_stat(pid)) result.start_ticks_ = stat->start_ticks;
  return result;
}

SysResult<ProcessRef> ProcessRef::open(pid_t pid, Kin kin) {
  SysResult<Fd> pidfd = open_pidfd(pid);
  if (pidfd) return ProcessRef(pid, std::move(*pidfd), kin);
  if (pidfd.error() != std::errc::function_not_supported && pidfd.error() != std::errc::operation_not_permitted) {
    return pidfd.error();
  }
  const SysResult<ProcStat> stat = read_proc_stat(pid);
  if (!stat) return make_error(ESRCH);
  ProcessRef result(pid, Fd(), kin);
  result.start_ticks_ = stat->start_ticks;
  return result;
}

bool ProcessRef::has_ended() const noexcept {
  if (pidfd_) {
    if (const std::optional<bool> ended = sys::has_ended(pidfd_.get())) return *ended;
  }
  siginfo_t info{};
  if (kin_ == Kin::child && wait_on(pid_, pidfd_.get(), info, WEXITED | WNOHANG | WNOWAIT, nullptr) == 0) {
    return info.si_pid != 0;
  }
  // No child of ours (any more).
  const SysResult<ProcStat> stat = read_proc_stat(pid_);
  return !stat || (start_ticks_ != 0 && stat->start_ticks != start_ticks_) || stat->is_dead();
}

bool ProcessRef::is_reaped() const noexcept {
  if (pidfd_) return send_signal(pidfd_.get(), 0) == std::errc::no_such_process;
  const SysResult<ProcStat> stat = read_proc_stat(pid_);
  return !stat || (start_ticks_ != 0 && stat->start_ticks != start_ticks_);
}

std::error_code ProcessRef::signal(int signo) const noexcept {
  if (pidfd_) {
    const std::error_code error = send_signal(pidfd_.get(), signo);
    if (error != std::errc::function_not_supported) return error;
  }
  if (kin_ == Kin::child) {
    siginfo_t info{};
    if (wait_on(pid_, pidfd_.get(), info, WEXITED | WNOHANG | WNOWAIT, nullptr) != 0) return make_error(ESRCH);
  } else if (is_reaped()) {
    return make_error(ESRCH);
  }
  return calls().kill(pid_, signo) == 0 ? std::error_code{} : last_error();
}

ReapResult ProcessRef::try_reap() const noexcept {
  siginfo_t info{};
  rusage usage{};
  // ECHILD is said of a living child, too, that is not ours; whoever asks has seen that it has ended.
  if (wait_on(pid_, pidfd_.get(), info, WEXITED | WNOHANG, &usage) != 0) {
    return {errno == EAGAIN ? Reaped::not_yet : Reaped::by_somebody_else, std::nullopt};
  }
  if (info.si_pid == 0) return {};
  return {Reaped::done, status_of(info, usage)};
}

void ProcessRef::reap() const noexcept {
  siginfo_t info{};
  while (wait_on(pid_, pidfd_.get(), info, WEXITED, nullptr) != 0) {
    if (errno != EAGAIN) return;
    // A pidfd that was lent to Asio is non-blocking, and waitid() goes by that.
    pollfd entry{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    calls().poll(&entry, 1, nullptr);
  }
}

std::optional<ExitStatus> ProcessRef::status_after_end() const {
  if (std::optional<ExitStatus> status = zombie_status()) return status;
  return pidfd_ ? recover_status(pidfd_.get()) : std::nullopt;
}

/// What its stat file says, unless it could be another's: the process is looked at again afterwards.
std::optional<ExitStatus> ProcessRef::zombie_status() const {
  const SysResult<ProcStat> stat = read_proc_stat(pid_);
  if (!stat || !stat->is_dead() || !may_read_exit_code(pid_) || is_reaped()) return std::nullopt;
  return ExitStatus::from_wait_status(stat->wait_status);
}

}  // namespace crunc::sys
