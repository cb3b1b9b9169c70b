// SPDX-License-Identifier: Apache-2.0
// From what the kernel says of a process to the cgroup that is seen in a mount.

#include <algorithm>

#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>

#include "cgroups/mounts.hpp"

namespace crunc::cgroups {
namespace {

bool is_of(const Membership& membership, const Mount& mount) {
  if (mount.is_v2) return membership.is_v2;
  if (!mount.name.empty()) return membership.name == mount.name;
  return !(membership.controllers & mount.controllers).empty();
}

Error outside(const Mount& mount, const std::string& path, pid_t pid) {
  return Error(Errc::cgroup_not_found,
               "process " + std::to_string(pid) + " is in " + path + ", outside of what is at " + mount.root.path());
}

/// `path` without the components of `within`; nothing when it is not beneath.
std::optional<std::string> relative_to(std::string_view within, std::string_view path) {
  if (within == "/") return std::string(path);
  if (!path.starts_with(within)) return std::nullopt;
  path.remove_prefix(within.size());
  if (path.empty()) return "/";
  return path.starts_with('/') ? std::optional(std::string(path)) : std::nullopt;
}

Result<CgroupPath> find(pid_t pid, const Mount* mount, const std::string& what) {
  if (mount == nullptr) return Error(Errc::controller_unavailable, what);
  const auto memberships = memberships_of(pid);
  if (!memberships) return memberships.error();
  return path_in(*mount, *memberships, pid);
}

}  // namespace

Result<CgroupPath> path_in(const Mount& mount, const std::vector<Membership>& memberships, pid_t pid) {
  const auto found = std::find_if(memberships.begin(), memberships.end(),
                                  [&](const Membership& membership) { return is_of(membership, mount); });
  if (found == memberships.end()) return outside(mount, "no such hierarchy", pid);
  const std::optional<std::string> relative = relative_to(mount.within, found->path);
  // "/../x" is outside of our cgroup namespace, and "/x (deleted)" was removed; neither can be opened here.
  if (!relative) return outside(mount, found->path, pid);
  auto path = CgroupPath::parse(*relative);
  if (!path) return outside(mount, found->path, pid);
  return path;
}

Result<CgroupPath> CgroupPath::of_pid(const Hierarchy& hierarchy, pid_t pid, Controller controller) {
  return find(pid, hierarchy.mounts()->of(controller), std::string(to_string(controller)));
}

Result<CgroupPath> CgroupPath::of_pid(const Hierarchy& hierarchy, pid_t pid) {
  return find(pid, hierarchy.mounts()->unified(), "cgroup v2 is not mounted");
}

}  // namespace crunc::cgroups
