// SPDX-License-Identifier: Apache-2.0
// devices on v1: the difference to what is in force, one rule with each write.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v1 {

Result<void> plan_devices(Planner& planner) {
  const Result<std::vector<DeviceRule>> rules = read_device_rules(planner.resources.devices);
  if (!rules) return rules.error();
  Result<DeviceRules> target = DeviceRules::from(*rules);
  if (!target) return target.error();
  // Of a cgroup that is not known everything is written anew, as of one that allows by default.
  const DeviceRules unknown = DeviceRules::from({DeviceRule{.allow = true}}).value();
  for (DeviceRules::Write& write : planner.current.devices.value_or(unknown).writes_to(*target)) {
    planner.add({.controller = Controller::devices,
                 .file = write.allow ? "devices.allow" : "devices.deny",
                 .value = std::move(write.rule),
                 .field = "/devices",
                 .before_join = true});
  }
  planner.plan.devices = std::move(*target);
  return {};
}

}  // namespace crunc::cgroups::v1
