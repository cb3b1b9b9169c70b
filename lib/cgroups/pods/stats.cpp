// SPDX-License-Identifier: Apache-2.0
// The numbers of a pod and of a container.

#include <crunc/cgroups/pods.hpp>

#include "cgroups/pods/process_stats.hpp"

namespace crunc::cgroups {
namespace {

/// What crio::CgroupStats has a place for.
constexpr StatMask crio_mask = StatMask::cpu_time | StatMask::cpu_split | StatMask::cpu_throttling |
                               StatMask::cpu_percpu | StatMask::memory | StatMask::memory_stat | StatMask::memory_peak |
                               StatMask::memory_swap | StatMask::memory_kernel | StatMask::memory_hierarchy |
                               StatMask::pids | StatMask::pids_limit | StatMask::hugetlb;

Result<crio::CgroupStats> stats_at(const Hierarchy& hierarchy, const Result<CgroupPath>& path) {
  if (!path) return path.error();
  const auto cgroup = Cgroup::load(hierarchy, *path);
  if (!cgroup) return cgroup.error();
  const auto sample = read_stats(directories_of(*cgroup), crio_mask);
  if (!sample) return sample.error();
  return to_crio(*sample);
}

Result<crio::ProcessStats> processes_at(const Hierarchy& hierarchy, const Result<CgroupPath>& path) {
  if (!path) return path.error();
  const auto cgroup = Cgroup::load(hierarchy, *path);
  if (!cgroup) return cgroup.error();
  auto pids = cgroup->processes(Recursion::descendants);
  if (!pids) return pids.error();
  const auto sample = read_stats(directories_of(*cgroup), StatMask::pids | StatMask::pids_limit);
  crio::ProcessStats stats = pods::read_process_stats(std::move(*pids));
  if (!sample || !sample->stats.pids) return stats;
  const crio::CgroupStats numbers = to_crio(*sample);
  stats.threads = numbers.pid.current;
  stats.threads_max = numbers.pid.limit;
  return stats;
}

}  // namespace

Result<crio::CgroupStats> PodCgroups::container_stats(std::string_view parent, std::string_view id) const {
  return stats_at(hierarchy_, container_absolute_path(parent, id));
}

Result<crio::CgroupStats> PodCgroups::sandbox_stats(std::string_view parent) const {
  return stats_at(hierarchy_, own_pod_path(parent));
}

Result<crio::ProcessStats> PodCgroups::container_processes(std::string_view parent, std::string_view id) const {
  return processes_at(hierarchy_, container_absolute_path(parent, id));
}

Result<crio::ProcessStats> PodCgroups::sandbox_processes(std::string_view parent) const {
  return processes_at(hierarchy_, own_pod_path(parent));
}

}  // namespace crunc::cgroups
