// SPDX-License-Identifier: Apache-2.0
// /proc/self/mountinfo, read for the mounts of cgroup file systems.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/controller.hpp>

namespace crunc::cgroups {

struct CgroupMount {
  std::string root{};   ///< the cgroup that is mounted, as /proc/PID/cgroup calls it; "/" but for bind mounts
  std::string point{};  ///< where it is mounted
  bool is_v2 = false;
  ControllerSet controllers{};  ///< of v1, those that are known here
  std::string name{};           ///< of a named hierarchy of v1, such as "systemd"
  std::string id{};             ///< of the mount: no other has it while this one is there, in no mount namespace
  bool operator==(const CgroupMount&) const = default;
};

/// The mounts of cgroup file systems in the file's order; lines that are no such mount are left out, and so
/// are those that a later mount of any kind hides, at their point or above it.
[[nodiscard]] std::vector<CgroupMount> parse_mount_info(std::string_view text);

/// For each hierarchy the mount to use: one beneath `preferred` if there is, then one of the hierarchy's root, then the
/// first. (Each running container may have bind mounts of its own cgroup elsewhere.)
[[nodiscard]] std::vector<CgroupMount> choose_mounts(const std::vector<CgroupMount>& mounts,
                                                     std::string_view preferred);

}  // namespace crunc::cgroups
