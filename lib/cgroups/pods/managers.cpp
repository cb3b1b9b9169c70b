// SPDX-License-Identifier: Apache-2.0
// A Manager for each cgroup of a pod.

#include <crunc/cgroups/pods.hpp>

#include "cgroups/pods/inner.hpp"
#include "cgroups/pods/names.hpp"

namespace crunc::cgroups {
namespace {

/// What crun calls the cgroup that it makes below the one it was told.
/// @source crun src/libcrun/cgroup-systemd.c, find_systemd_subgroup
constexpr std::string_view crun_child = "container";

}  // namespace

Result<std::optional<CgroupPath>> pods::inner_of(const Hierarchy& hierarchy, const CgroupPath& container) {
  const auto inner = container.child(crun_child);
  if (!inner) return inner.error();
  const auto around = Cgroup::load(hierarchy, container);
  const auto below = Cgroup::load(hierarchy, *inner);
  if (!around || !below) return std::optional<CgroupPath>();
  const auto processes = around->processes();
  // What runs within a container may have made a cgroup of this name, too; crun leaves nobody above its own.
  if (!processes || !processes->empty()) return std::optional<CgroupPath>();
  return std::optional(*inner);
}

Result<Manager> PodCgroups::manager_at(const CgroupPath& path) const {
  return Manager::make(hierarchy_, {.path = path.str(), .conversion = {.skip_devices = true}});
}

Result<Manager> PodCgroups::manager_of_unit(std::string path) const {
  return Manager::make(hierarchy_, {.driver = CgroupDriver::systemd,
                                    .path = std::move(path),
                                    .conversion = {.skip_devices = true},
                                    .units = options_.units});
}

Result<Manager> PodCgroups::container(std::string_view parent, std::string_view id) const {
  auto path = container_path(parent, id);
  if (!path) return path.error();
  if (is_systemd()) return manager_of_unit(std::move(*path));
  const auto directory = CgroupPath::parse(*path);
  return directory ? manager_at(*directory) : directory.error();
}

Result<Manager> PodCgroups::sandbox(std::string_view parent) const {
  const auto pod = own_pod_path(parent);
  if (!pod) return pod.error();
  if (!is_systemd()) return manager_at(*pod);
  const auto slice = slice_of(parent);
  return slice ? manager_of_unit("::" + *slice) : slice.error();
}

Result<PodManagers> PodCgroups::managers(std::string_view parent, std::string_view id) const {
  auto pod = sandbox(parent);
  if (!pod) return pod.error();
  auto own = container(parent, id);
  if (!own) return own.error();
  const auto path = container_absolute_path(parent, id);
  if (!path) return path.error();
  const auto inner = pods::inner_of(hierarchy_, *path);
  if (!inner) return inner.error();
  PodManagers result{.pod = std::move(*pod)};
  result.container.push_back(std::move(*own));
  if (!*inner) return result;
  auto further = manager_at(**inner);
  if (!further) return further.error();
  result.container.push_back(std::move(*further));
  return result;
}

Result<Manager> PodCgroups::exec(std::string_view cgroups_path) const {
  if (hierarchy_.mode() != Mode::unified) {
    return Error(Errc::unsupported, "a cgroup for what is executed in a container: on cgroup v2 alone");
  }
  const auto parts = OciCgroupsPath::parse(cgroups_path, driver_);
  if (!parts) return parts.error();
  const auto path = parts->resolve();
  if (!path) return path.error();
  const auto container = root_.below(*path);
  if (!container) return container.error();
  const auto inner = pods::inner_of(hierarchy_, *container);
  if (!inner) return inner.error();
  const auto exec_path = (*inner ? **inner : *container).child("exec");
  return exec_path ? manager_at(*exec_path) : exec_path.error();
}

}  // namespace crunc::cgroups
