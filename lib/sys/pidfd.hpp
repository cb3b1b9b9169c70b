// SPDX-License-Identifier: Apache-2.0
// What can be done with a pidfd: signal, reap, and ask for the status that somebody else reaped.
#pragma once

#include <optional>
#include <system_error>

#include <crunc/exit_status.hpp>

namespace crunc::sys {

/// Send a signal; never to a recycled pid. ESRCH once the process is reaped.
[[nodiscard]] std::error_code send_signal(int pidfd, int signo) noexcept;

enum class Reaped { not_yet, done, by_somebody_else };

struct ReapResult {
  Reaped how = Reaped::not_yet;
  std::optional<ExitStatus> status{};  ///< with Reaped::done
};

/// Reap our child if it has ended; never blocks.
[[nodiscard]] ReapResult try_reap(int pidfd) noexcept;

/// Reap our child, waiting for its end. For one that is known to be ending at once.
void reap(int pidfd) noexcept;

/// The status of a process that somebody else reaped, where the kernel keeps it (PIDFD_GET_INFO with PIDFD_INFO_EXIT,
/// Linux 6.15). Waits a few milliseconds at most for a reaper that is not through yet.
[[nodiscard]] std::optional<ExitStatus> recover_status(int pidfd) noexcept;

}  // namespace crunc::sys
