// SPDX-License-Identifier: Apache-2.0
// Processes by what /proc says of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "view/running.hpp"

namespace crunc::cli {

struct ProcessUsage {
  std::chrono::steady_clock::time_point at{};
  pid_t pid = 0;
  char state = '?';                     ///< R, S, D, Z, ...
  std::uint64_t started = 0;            ///< in ticks since boot: tells two processes of one pid apart
  std::chrono::nanoseconds cpu_time{};  ///< in steps of 10 ms
  std::uint64_t rss_bytes = 0;
  std::string name{};  ///< the kernel's, of 15 characters
};

/// A line of /proc/PID/stat; nothing if it is none.
[[nodiscard]] std::optional<ProcessUsage> parse_process(std::string_view line, long ticks_per_second, long page_size);
/// How a process was called: its words with blanks between them, or "[name]" where it has none.
[[nodiscard]] std::string command_text(std::string_view cmdline, std::string_view name);
/// The CPU that a process used between two looks at it; nothing if it is not the same process.
[[nodiscard]] std::optional<double> cpu_percent(const ProcessUsage& before, const ProcessUsage& now);

/// A process as it is now; nothing if it is gone.
[[nodiscard]] std::optional<ProcessUsage> read_process(pid_t pid);
[[nodiscard]] std::string read_command(const ProcessUsage& process);
/// The effective user.
[[nodiscard]] std::optional<uid_t> read_user(pid_t pid);

/// The processes of a container: those of its cgroup and of the cgroups below; where it has none of its own, those of
/// its pid namespace.
[[nodiscard]] std::vector<pid_t> processes_of(const Running& container);

}  // namespace crunc::cli
