// SPDX-License-Identifier: Apache-2.0
// Plans, on the directories of a Cgroup.

#include <crunc/cgroups/update.hpp>

#include "cgroups/plan_apply.hpp"

namespace crunc::cgroups {
namespace {

DirectoryFiles files_of(const Cgroup& cgroup) {
  return DirectoryFiles(
      [&cgroup](ControllerFiles::Place place) { return place ? cgroup.directory(*place) : cgroup.unified(); });
}

}  // namespace

Placement placement_of(const Cgroup& cgroup) {
  Placement placement{.unified = cgroup.unified() != nullptr};
  cgroup.controllers().for_each([&](Controller controller) {
    const bool on_v2 = placement.unified && cgroup.directory_fd(controller) == cgroup.unified_fd();
    (on_v2 ? placement.v2 : placement.v1).add(controller);
  });
  return placement;
}

Result<CurrentLimits> read_current_limits(const Cgroup& cgroup, const oci::LinuxResources& resources) {
  return read_current_limits(resources, placement_of(cgroup), files_of(cgroup));
}

Result<void> apply(const Plan& plan, Cgroup& cgroup, PlanPart part) {
  DirectoryFiles files = files_of(cgroup);
  return apply(plan, files, part);
}

Result<void> update(Cgroup& cgroup, const oci::LinuxResources& resources, const ConversionOptions& options) {
  const Placement placement = placement_of(cgroup);
  DirectoryFiles files = files_of(cgroup);
  const Result<CurrentLimits> current = read_current_limits(resources, placement, files);
  if (!current) return current.error();
  const Result<Plan> made = plan(resources, placement, options, *current);
  if (!made) return made.error();
  return apply(*made, files);
}

}  // namespace crunc::cgroups
