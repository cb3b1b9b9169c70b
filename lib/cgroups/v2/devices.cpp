// SPDX-License-Identifier: Apache-2.0
// devices on v2, where they are no files but a program.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {

Result<void> plan_devices(Planner& planner) {
  const Result<std::vector<DeviceRule>> rules = read_device_rules(planner.resources.devices);
  if (!rules) return rules.error();
  Plan& plan = planner.plan;
  plan.device_program = make_device_program(*rules);
  // Within a user namespace nobody may attach; that nothing is denied is so without a program.
  plan.device_program_is_optional = planner.current.in_user_namespace || plan.device_program->allows_everything;
  return {};
}

}  // namespace crunc::cgroups::v2
