// SPDX-License-Identifier: Apache-2.0
// Tables of processes: as ps(1) prints them through a runtime, and from /proc for runtimes that have no ps(1) in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/container.hpp>
#include <crunc/error.hpp>

namespace crunc::runtime {

/// The lines that `ps --format table` prints. Cells are parted by blanks; the last column has the rest of its line.
[[nodiscard]] Result<ProcessTable> decode_process_table(std::string_view text);

/// The columns of `ps -ef` for these processes; those that have ended meanwhile are left out.
/// @param proc  "/proc", or a tree like it
[[nodiscard]] ProcessTable read_process_table(const std::vector<pid_t>& pids, const std::string& proc = "/proc");

}  // namespace crunc::runtime
