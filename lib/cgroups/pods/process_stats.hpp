// SPDX-License-Identifier: Apache-2.0
// What processes have open, and may have.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <crunc/cgroups/stats_compat.hpp>

namespace crunc::cgroups::pods {

/// From /proc, but for the threads. A process that has gone meanwhile counts nothing.
[[nodiscard]] crio::ProcessStats read_process_stats(std::vector<pid_t> pids);

/// The soft limit of open files in a text of /proc/PID/limits; nothing if it has none. @source proc(5)
[[nodiscard]] std::optional<std::uint64_t> open_files_limit(std::string_view limits);

}  // namespace crunc::cgroups::pods
