// SPDX-License-Identifier: Apache-2.0
// What a Manager leaves to its driver: where the cgroup is, who makes it, who removes it.
#pragma once

#include <memory>
#include <optional>

#include <crunc/cgroups/manager.hpp>

namespace crunc::cgroups {

class ManagerDriver {
 public:
  ManagerDriver() = default;
  virtual ~ManagerDriver() = default;
  ManagerDriver(const ManagerDriver&) = delete;
  ManagerDriver& operator=(const ManagerDriver&) = delete;

  /// The directories that the cgroup of a config has, or will have.
  [[nodiscard]] virtual Result<CgroupPaths> paths(const ManagerConfig& config, const Hierarchy& hierarchy) const = 0;
  /// Make the cgroup, or open it where it is there. `pid` is who will join: the Manager sees to that afterwards, but a
  /// scope of systemd cannot be without a process.
  [[nodiscard]] virtual Result<Cgroup> make(const ManagerConfig& config, const Hierarchy& hierarchy,
                                            const CgroupPaths& paths, const CreateOptions& options,
                                            std::optional<pid_t> pid) const = 0;
  [[nodiscard]] virtual Result<void> remove(const ManagerConfig& config, Cgroup& cgroup) const = 0;

  /// Before resources are written to the files of the cgroup: what else they are to be put into. Returns those that go
  /// into the files. The config has what was in force so far.
  [[nodiscard]] virtual Result<oci::LinuxResources> set(const ManagerConfig& /*config*/, Cgroup& /*cgroup*/,
                                                        const oci::LinuxResources& resources) const {
    return resources;
  }
  /// Before a process joins by the files of the cgroup, or of the one `below` it.
  [[nodiscard]] virtual Result<void> attach(const ManagerConfig& /*config*/, std::string_view /*below*/,
                                            pid_t /*pid*/) const {
    return {};
  }
};

/// Whether a config names its cgroup in one way: invalid_argument for both a path and a parent or name.
[[nodiscard]] Result<void> check_naming(const ManagerConfig& config);

/// The driver that a config wants; invalid_argument if it lacks what that needs.
[[nodiscard]] Result<std::unique_ptr<const ManagerDriver>> driver_of(const ManagerConfig& config);
[[nodiscard]] std::unique_ptr<const ManagerDriver> make_cgroupfs_driver();
[[nodiscard]] std::unique_ptr<const ManagerDriver> make_systemd_driver();

}  // namespace crunc::cgroups
