// SPDX-License-Identifier: Apache-2.0
// Which driver a config wants, and what all of them refuse.

#include "cgroups/manager_driver.hpp"

namespace crunc::cgroups {

Result<void> check_naming(const ManagerConfig& config) {
  if (config.path.empty() || (config.parent.empty() && config.name.empty())) return {};
  return Error(Errc::invalid_argument,
               "a cgroup has either the path " + config.path + " or a parent and a name, not both");
}

Result<std::unique_ptr<const ManagerDriver>> driver_of(const ManagerConfig& config) {
  if (config.driver == CgroupDriver::cgroupfs) return make_cgroupfs_driver();
  if (config.units) return make_systemd_driver();
  return Error(
      Errc::invalid_argument,
      "the driver systemd needs ManagerConfig::units, such as Systemd::system() of the component systemd gives");
}

}  // namespace crunc::cgroups
