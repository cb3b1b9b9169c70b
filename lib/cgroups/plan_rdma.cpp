// SPDX-License-Identifier: Apache-2.0
// rdma, whose file is the same on both versions: one write for each device, for every device.

#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {

Result<void> plan_rdma(Planner& planner) {
  for (const auto& [device, limits] : planner.resources.rdma) {
    const std::string field = "/rdma/" + device;
    if (device.empty() || device.find_first_of(" \t\r\n=/") != std::string::npos || device.find('\0') != device.npos) {
      return field_error(Errc::invalid_argument, "/rdma", core::quote(device) + " is no name of a device");
    }
    if (!limits.hca_handles && !limits.hca_objects) {
      return field_error(Errc::invalid_argument, field, "has neither hcaHandles nor hcaObjects");
    }
    std::string value = device;
    if (limits.hca_handles) value += " hca_handle=" + std::to_string(*limits.hca_handles);
    if (limits.hca_objects) value += " hca_object=" + std::to_string(*limits.hca_objects);
    planner.add({.controller = Controller::rdma, .file = "rdma.max", .value = value, .field = field});
  }
  return {};
}

}  // namespace crunc::cgroups
