// SPDX-License-Identifier: Apache-2.0
// cpuset on v2, where an empty list is the parent's.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {

Result<void> plan_cpuset(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  const auto add = [&](const std::optional<std::string>& list, const char* name) -> Result<void> {
    if (list.value_or("").empty()) return {};
    const std::string field = std::string("/cpu/") + name;
    if (Result<void> done = check_list(*list, field); !done) return done;
    planner.add(
        {.controller = Controller::cpuset, .file = std::string("cpuset.") + name, .value = *list, .field = field});
    return {};
  };
  if (Result<void> done = add(cpu.cpus, "cpus"); !done) return done;
  return add(cpu.mems, "mems");
}

}  // namespace crunc::cgroups::v2
