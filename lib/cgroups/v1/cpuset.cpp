// SPDX-License-Identifier: Apache-2.0
// cpuset on v1. Both lists must be there before a process joins, and they must be parts of the parents'.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v1 {

Result<void> plan_cpuset(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  const std::string prefix = planner.current.cpuset_without_prefix ? "" : "cpuset.";
  const auto add = [&](const std::optional<std::string>& list, const char* name) -> Result<void> {
    if (list.value_or("").empty()) return {};
    const std::string field = std::string("/cpu/") + name;
    if (Result<void> done = check_list(*list, field); !done) return done;
    planner.add(
        {.controller = Controller::cpuset, .file = prefix + name, .value = *list, .field = field, .before_join = true});
    return {};
  };
  if (Result<void> done = add(cpu.cpus, "cpus"); !done) return done;
  return add(cpu.mems, "mems");
}

}  // namespace crunc::cgroups::v1
