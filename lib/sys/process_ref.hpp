// SPDX-License-Identifier: Apache-2.0
// One process, by pidfd; where the kernel has none, by what else is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <system_error>

#include <sys/types.h>

#include <crunc/exit_status.hpp>

#include "sys/fd.hpp"

namespace crunc::sys {

enum class Kin : std::uint8_t {
  child,    ///< of this process, to be reaped by its ProcessRef
  stranger  ///< anything else, and children that somebody else reaps
};

enum class Reaped : std::uint8_t { not_yet, done, by_somebody_else };

struct ReapResult {
  Reaped how = Reaped::not_yet;
  std::optional<ExitStatus> status{};  ///< with Reaped::done
};

/// A process that stays the same one, whatever becomes of its pid.
///
/// Without a pidfd (Linux before 5.3, or a filter that denies the calls) a child is known by not being reaped, and a
/// stranger by pid and start time. Only then is there a moment, between the look and the signal, in which a foreign
/// reaper and a pid that is used anew could deceive us.
class ProcessRef {
 public:
  /// A child that was just made; `pidfd` may be empty.
  [[nodiscard]] static ProcessRef of_child(pid_t pid, Fd pidfd);
  /// Any process by its pid. ESRCH: there is none.
  [[nodiscard]] static SysResult<ProcessRef> open(pid_t pid, Kin kin = Kin::stranger);
  /// Any process by its pidfd.
  [[nodiscard]] static ProcessRef of_pidfd(pid_t pid, Fd pidfd, Kin kin) noexcept {
    return {pid, std::move(pidfd), kin};
  }

  /// One that is gone.
  [[nodiscard]] static ProcessRef of_the_reaped(pid_t pid) noexcept {
    ProcessRef result(pid, Fd(), Kin::stranger);
    result.start_ticks_ = UINT64_MAX;  // none of that pid can be it
    return result;
  }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable once the process has ended; -1 where there is none.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] Kin kin() const noexcept { return kin_; }

  /// Whether it has ended, reaped or not; false also when that cannot be told.
  [[nodiscard]] bool has_ended() const noexcept;
  /// Send a signal; ESRCH once it is reaped.
  [[nodiscard]] std::error_code signal(int signo) const noexcept;
  /// Reap it if it is a child that has ended; never blocks.
  [[nodiscard]] ReapResult try_reap() const noexcept;
  /// Reap it, waiting for its end. For a child that is known to be ending at once.
  void reap() const noexcept;
  /// The status of one that has ended and is not for us to reap: from /proc while it is a zombie, afterwards from the
  /// kernel's memory of it (PIDFD_GET_INFO, Linux 6.15). Nothing when neither has it.
  [[nodiscard]] std::optional<ExitStatus> status_after_end() const;

 private:
  ProcessRef(pid_t pid, Fd pidfd, Kin kin) noexcept : pid_(pid), pidfd_(std::move(pidfd)), kin_(kin) {}
  [[nodiscard]] bool is_reaped() const noexcept;
  [[nodiscard]] std::optional<ExitStatus> zombie_status() const;

  pid_t pid_;
  Fd pidfd_;
  Kin kin_;
  std::uint64_t start_ticks_ = 0;  ///< of one without a pidfd; 0: not known
};

}  // namespace crunc::sys
