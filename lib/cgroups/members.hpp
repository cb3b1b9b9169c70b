// SPDX-License-Identifier: Apache-2.0
// Who is in a cgroup: its lists of processes and threads, and the wait until they are empty.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>
#include <sys/types.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/error.hpp>

#include "cgroups/directory.hpp"

namespace crunc::cgroups {

using Clock = std::chrono::steady_clock;

enum class Members { processes, threads };

/// The numbers of a list, ascending and once each; zeros, which are processes of other pid namespaces, left out.
[[nodiscard]] std::vector<pid_t> parse_pids(std::string_view text);

/// The paths beneath `directory`, each after those that it is in; the first is empty, for `directory` itself. Those
/// that go away meanwhile are left out.
[[nodiscard]] Result<std::vector<std::string>> tree_of(const Directory& directory);

/// The members of one cgroup. A list of processes that is refused (EOPNOTSUPP, a threaded cgroup) is that of threads.
[[nodiscard]] Result<std::vector<pid_t>> members_of(const Directory& directory, Members kind, bool is_v2);
/// The members of one cgroup and (descendants) of all below.
[[nodiscard]] Result<std::vector<pid_t>> members_of(const Directory& directory, Members kind, bool is_v2,
                                                    Recursion recursion);

/// Wait until neither the cgroup nor one below has processes: by cgroup.events on v2, else by the processes' pidfds.
/// False: there still are some at the deadline.
[[nodiscard]] Result<bool> wait_until_empty(const Directory& directory, bool is_v2, Clock::time_point deadline);

/// Wait for `time`; nothing wakes it.
void pause_for(std::chrono::nanoseconds time) noexcept;

/// poll(2) until the deadline, through signals. False: nothing came.
[[nodiscard]] bool poll_until(pollfd* fds, size_t count, Clock::time_point deadline) noexcept;

/// "process 1", "processes 1, 2, 3 and 4 more", for an Error; empty for none.
[[nodiscard]] std::string name_pids(const std::vector<pid_t>& pids);

}  // namespace crunc::cgroups
