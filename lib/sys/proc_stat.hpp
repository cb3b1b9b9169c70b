// SPDX-License-Identifier: Apache-2.0
// What /proc/PID/stat says of a process: whether it lives, since when, and how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <sys/types.h>

#include <crunc/exit_status.hpp>

#include "sys/fd.hpp"

namespace crunc::sys {

struct ProcStat {
  char state = '?';               ///< R, S, D, T, Z, X, ...
  bool is_exiting = false;        ///< its first thread is on the way out: the kernel closes its descriptors after that
  std::uint64_t start_ticks = 0;  ///< since boot; with the pid it names a process
  long threads = 0;
  int wait_status = 0;  ///< of a zombie; 0 also for those who may not know (see may_read_exit_code)

  /// Ended, and not only its first thread.
  [[nodiscard]] bool is_dead() const noexcept { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// The meaning of a line of /proc/PID/stat; nothing if it is none. @source proc(5), fields 3, 9, 20, 22 and 52
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view line) noexcept;

/// ENOENT or ESRCH: there is no such process.
[[nodiscard]] SysResult<ProcStat> read_proc_stat(pid_t pid);

/// Whether this process may see the exit code in a process' stat file. The kernel shows 0 to all others, which must not
/// be taken for a success. @source ptrace(2), PTRACE_MODE_READ_FSCREDS, which the links in /proc/PID/ns ask for as well
[[nodiscard]] bool may_read_exit_code(pid_t pid);

}  // namespace crunc::sys
