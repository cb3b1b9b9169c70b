// SPDX-License-Identifier: Apache-2.0
// What can be done with a bare pidfd; ProcessRef is for a process that is waited for.
#pragma once

#include <optional>
#include <system_error>

#include <sys/types.h>

#include <crunc/exit_status.hpp>

#include "sys/fd.hpp"

namespace crunc::sys {

/// Send a signal; never to a recycled pid. ESRCH once the process is reaped.
[[nodiscard]] std::error_code send_signal(int pidfd, int signo) noexcept;

/// A handle of any process by its pid. ESRCH: there is none of that pid, or none any more.
[[nodiscard]] SysResult<Fd> open_pidfd(pid_t pid);

/// Whether the process has ended, ours or not; nothing when that cannot be told (ENOMEM).
[[nodiscard]] std::optional<bool> has_ended(int pidfd) noexcept;

/// The process of a pidfd as this process' pid namespace numbers it; 0 where it has no number there, -1 once it is
/// reaped. EBADF of a descriptor that is no pidfd.
[[nodiscard]] SysResult<pid_t> pid_of(int pidfd);

/// The status of a process that somebody else reaped, where the kernel keeps it (PIDFD_GET_INFO with PIDFD_INFO_EXIT,
/// Linux 6.15). Waits a few milliseconds at most for a reaper that is not through yet.
[[nodiscard]] std::optional<ExitStatus> recover_status(int pidfd) noexcept;

}  // namespace crunc::sys
