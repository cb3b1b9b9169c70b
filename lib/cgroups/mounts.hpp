// SPDX-License-Identifier: Apache-2.0
// What a Hierarchy shares: the mounts, each held.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/mode.hpp>
#include <crunc/cgroups/path.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/proc_cgroup.hpp"

namespace crunc::cgroups {

/// One hierarchy: of v1 with its controllers or its name, or of v2 with the controllers that its root has.
struct Mount {
  Directory root{};
  std::string within = "/";  ///< what the root is to the kernel; another than "/" for bind mounts
  bool is_v2 = false;
  ControllerSet controllers{};
  std::string name{};  ///< of a named hierarchy of v1

  /// Without it a cgroup does its work: v2 beside v1's controllers, and named hierarchies.
  [[nodiscard]] bool is_optional(Mode mode) const noexcept {
    return is_v2 ? mode != Mode::unified : controllers.empty();
  }
  /// The keys that runc's state.json has for it: controllers of v1, "name=systemd", or "" for v2.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Where a cgroup of this path is on the host.
  [[nodiscard]] std::string directory_of(const CgroupPath& path) const;
};

struct Mounts {
  Mode mode = Mode::unavailable;
  bool is_real = false;  ///< cgroup file systems, and not a test's plain directories
  std::vector<Mount> all{};
  ControllerSet controllers{};

  [[nodiscard]] const Mount* of(Controller controller) const noexcept;
  [[nodiscard]] const Mount* unified() const noexcept;
};

/// Where a process of these memberships is in a mount. cgroup_not_found: outside of it.
[[nodiscard]] Result<CgroupPath> path_in(const Mount& mount, const std::vector<Membership>& memberships, pid_t pid);

}  // namespace crunc::cgroups
