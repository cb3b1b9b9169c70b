// SPDX-License-Identifier: Apache-2.0
// /proc/PID/cgroup, read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/controller.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups {

/// Where a process is in one hierarchy.
struct Membership {
  ControllerSet controllers{};  ///< of v1
  std::string name{};           ///< of a named hierarchy of v1, such as "systemd"
  bool is_v2 = false;
  std::string path{};  ///< as the kernel says it: may begin with "/.." (outside of our cgroup namespace)
};

/// The lines of the file; what is no line of it is left out.
[[nodiscard]] std::vector<Membership> parse_proc_cgroup(std::string_view text);

/// The file of a process, 0 for ours. system_error with ESRCH: there is no such process.
[[nodiscard]] Result<std::vector<Membership>> memberships_of(pid_t pid);

}  // namespace crunc::cgroups
