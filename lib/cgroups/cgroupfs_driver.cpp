// SPDX-License-Identifier: Apache-2.0
// The driver that makes and removes the directories itself.

#include "cgroups/held.hpp"
#include "cgroups/manager_driver.hpp"

namespace crunc::cgroups {
namespace {

/// The path that a config gives, absolute or relative; empty for none.
Result<std::string> path_of(const ManagerConfig& config) {
  if (const auto checked = check_naming(config); !checked) return checked.error();
  if (!config.path.empty()) return config.path;
  if (config.parent.empty() || config.name.empty()) return config.parent + config.name;
  return config.parent + (config.parent.ends_with('/') ? "" : "/") + config.name;
}

/// Where a relative path begins in a mount.
Result<CgroupPath> start_in(const Mount& mount, const Mounts& mounts, const std::vector<Membership>& own) {
  auto path = path_in(mount, own, 0);
  if (!path || mounts.mode != Mode::unified) return path;
  return path->parent();  // no cgroup may be below one that has processes
}

class CgroupfsDriver final : public ManagerDriver {
 public:
  [[nodiscard]] Result<CgroupPaths> paths(const ManagerConfig& config, const Hierarchy& hierarchy) const override {
    const auto text = path_of(config);
    if (!text) return text.error();
    const auto parts = OciCgroupsPath::parse(*text, CgroupDriver::cgroupfs);
    if (!parts) return parts.error();
    Result<std::vector<Membership>> own{};
    if (!parts->is_absolute) own = memberships_of(0);
    if (!own) return own.error();
    const Mounts& mounts = *hierarchy.mounts();
    CgroupPaths result;
    for (const Mount& mount : mounts.all) {
      const auto start = parts->is_absolute ? CgroupPath() : start_in(mount, mounts, *own);
      if (!start && mount.is_optional(mounts.mode)) continue;
      if (!start) return start.error();
      const auto path = parts->resolve(*start);
      if (!path) return path.error();
      for (const std::string& key : mount.keys()) result[key] = mount.directory_of(*path);
    }
    return result;
  }

  [[nodiscard]] Result<Cgroup> make(const ManagerConfig& /*config*/, const Hierarchy& hierarchy,
                                    const CgroupPaths& paths, const CreateOptions& options,
                                    std::optional<pid_t> /*pid*/) const override {
    return Cgroup::create(hierarchy, paths, options);
  }

  [[nodiscard]] Result<void> remove(const ManagerConfig& /*config*/, Cgroup& cgroup) const override {
    return cgroup.remove();
  }
};

}  // namespace

std::unique_ptr<const ManagerDriver> make_cgroupfs_driver() { return std::make_unique<const CgroupfsDriver>(); }

}  // namespace crunc::cgroups
