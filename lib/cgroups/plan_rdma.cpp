// SPDX-License-Identifier: Apache-2.0
// rdma, whose file is the same on both versions: one write for each device, for every device.

#include "cgroups/planner.hpp"
#include "core/text.hpp"
#include "oci/json_cursor.hpp"

namespace crunc::cgroups {

Result<void> plan_rdma(Planner& planner) {
  for (const auto& [device, limits] : planner.resources.rdma) {
    if (!is_kernel_name(device) || device.find_first_of(" =") != std::string::npos) {
      return field_error(Errc::invalid_argument, "/rdma", core::excerpt(device) + " is no name of a device");
    }
    const std::string field = "/rdma/" + oci::escape_key(device);
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
