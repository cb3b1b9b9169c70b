// SPDX-License-Identifier: Apache-2.0
// The cgroup of a sandbox that has no process, and moves into a container's.

#include <crunc/cgroups/pods.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/pods/new_levels.hpp"

namespace crunc::cgroups {
namespace {

ControllerSet controllers_on_v1(const Hierarchy& hierarchy) {
  ControllerSet result;
  hierarchy.controllers().for_each([&](Controller controller) {
    if (!hierarchy.on_v2(controller)) result.add(controller);
  });
  return result;
}

/// Makes a cpuset of v1 that balances no load. It gets cpus only afterwards: with them and balancing, as it is when it
/// is new, the kernel would put all cpusets into one scheduling domain.
/// @source cri-o internal/config/cgmgr/cgmgr_linux.go, createSandboxCgroup; kernel
/// admin-guide/cgroup-v1/cpusets.rst, 1.7
Result<void> make_unbalanced(const Hierarchy& hierarchy, const CgroupPath& path) {
  if (!hierarchy.has(Controller::cpuset) || hierarchy.on_v2(Controller::cpuset)) return {};
  const auto parent = Cgroup::create(hierarchy, path.parent(), {.required = {Controller::cpuset}});
  if (!parent) return parent.error();
  const Directory& around = *parent->directory(Controller::cpuset);
  if (const auto made = around.make(path.name(), CreateOptions().mode); !made) return made.error();
  const auto cpuset = around.open(path.name());
  if (!cpuset) return cpuset.error();
  const std::string_view name = "cpuset.sched_load_balance";
  return cpuset->write(cpuset->has(name) ? name : "sched_load_balance", "0");  // the latter if mounted with "noprefix"
}

}  // namespace

Result<void> PodCgroups::create_sandbox(std::string_view parent, std::string_view id) const {
  if (is_systemd() && parent.empty()) return {};
  const auto path = sandbox_directory(parent, id);
  if (!path) return path.error();
  pods::NewLevels made(hierarchy_, *path);
  if (const auto done = make_unbalanced(hierarchy_, *path); !done) return done;
  const auto cgroup = Cgroup::create(hierarchy_, *path, {.required = controllers_on_v1(hierarchy_)});
  if (!cgroup) return cgroup.error();
  made.keep();
  return {};
}

Result<void> PodCgroups::remove_sandbox(std::string_view parent, std::string_view id) const {
  if (is_systemd() && parent.empty()) return {};
  const auto path = sandbox_directory(parent, id);
  if (!path) return path.error();
  auto cgroup = Cgroup::load(hierarchy_, *path);
  if (cgroup) return cgroup->remove();
  return cgroup.error().code == Errc::cgroup_not_found ? Result<void>() : cgroup.error();
}

Result<void> move_process_to_container(const Hierarchy& hierarchy, pid_t container_pid, pid_t command_pid) {
  for (const pid_t pid : {container_pid, command_pid}) {
    if (pid <= 0) return Error(Errc::invalid_argument, "pid " + std::to_string(pid));
  }
  auto cgroup = Cgroup::load(hierarchy, container_pid);
  return cgroup ? cgroup->add_process(command_pid) : cgroup.error();
}

}  // namespace crunc::cgroups
