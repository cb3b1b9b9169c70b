// SPDX-License-Identifier: Apache-2.0
// When a process can have started that is known by its pid: a pid may be used anew before it is looked at.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace crunc::task {

/// A span of time, in the ticks since boot of /proc/PID/stat.
struct StartTime {
  std::uint64_t earliest_ticks = 0;
  std::uint64_t latest_ticks = std::numeric_limits<std::uint64_t>::max();

  /// A process that was seen before; 0 is not known.
  [[nodiscard]] static StartTime exactly(std::uint64_t ticks) {
    return ticks == 0 ? StartTime{} : StartTime{ticks, ticks};
  }
  /// A process whose pid is in a file that was written by a call which began at `called_at`. Any, where the file's time
  /// is not one of this machine's clock.
  [[nodiscard]] static StartTime before_pid_file(const std::string& path,
                                                 std::chrono::system_clock::time_point called_at);

  [[nodiscard]] bool admits(std::uint64_t ticks) const noexcept {
    return ticks >= earliest_ticks && ticks <= latest_ticks;
  }
  /// Whether it is that of one process, which was seen.
  [[nodiscard]] bool is_known() const noexcept { return earliest_ticks == latest_ticks; }
};

}  // namespace crunc::task
