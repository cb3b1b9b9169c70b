// SPDX-License-Identifier: Apache-2.0
// Which driver a config wants.

#include "cgroups/manager_driver.hpp"

namespace crunc::cgroups {

Result<std::unique_ptr<const ManagerDriver>> driver_of(const ManagerConfig& config) {
  if (config.driver == CgroupDriver::cgroupfs) return make_cgroupfs_driver();
  if (config.units) return make_systemd_driver();
  return Error(
      Errc::invalid_argument,
      "the driver systemd needs ManagerConfig::units, such as Systemd::system() of the component systemd gives");
}

}  // namespace crunc::cgroups
