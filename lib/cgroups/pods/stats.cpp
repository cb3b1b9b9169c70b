// SPDX-License-Identifier: Apache-2.0
// The numbers of a pod and of a container.

#include <crunc/cgroups/pods.hpp>

#include "cgroups/pods/inner.hpp"
#include "cgroups/pods/process_stats.hpp"

namespace crunc::cgroups {
namespace {

/// What crio::CgroupStats has a place for.
constexpr StatMask crio_mask = StatMask::cpu_time | StatMask::cpu_split | StatMask::cpu_throttling |
                               StatMask::cpu_percpu | StatMask::memory | StatMask::memory_stat | StatMask::memory_peak |
                               StatMask::memory_swap | StatMask::memory_kernel | StatMask::memory_hierarchy |
                               StatMask::pids | StatMask::pids_limit | StatMask::hugetlb;

Result<Sample> sample_at(const Hierarchy& hierarchy, const Result<CgroupPath>& path) {
  if (!path) return path.error();
  const auto cgroup = Cgroup::load(hierarchy, *path);
  if (!cgroup) return cgroup.error();
  return read_stats(directories_of(*cgroup), crio_mask);
}

Result<crio::CgroupStats> stats_at(const Hierarchy& hierarchy, const Result<CgroupPath>& path) {
  const auto sample = sample_at(hierarchy, path);
  if (!sample) return sample.error();
  return to_crio(*sample);
}

void lower(Limit& limit, Limit other) {
  if (other.printed() < limit.printed() && !other.unlimited()) limit = other;
}

void lower(std::optional<MemoryEntry>& entry, const std::optional<MemoryEntry>& other) {
  if (!entry || !entry->limit_bytes || !other || !other->limit_bytes) return;
  lower(*entry->limit_bytes, *other->limit_bytes);
}

/// Of both the limit that is the lower is the container's: crun sets some of them only where its processes are.
void lower_limits(Sample& sample, const Sample& inner) {
  if (sample.stats.memory && inner.stats.memory) {
    lower(sample.stats.memory->usage, inner.stats.memory->usage);
    lower(sample.stats.memory->swap, inner.stats.memory->swap);
  }
  if (sample.stats.pids && inner.stats.pids) lower(sample.stats.pids->limit, inner.stats.pids->limit);
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
  const auto path = container_absolute_path(parent, id);
  auto sample = sample_at(hierarchy_, path);
  if (!sample) return sample.error();
  const auto below = pods::inner_of(hierarchy_, *path);
  if (!below) return below.error();
  if (*below) {
    const auto inner = sample_at(hierarchy_, **below);
    if (inner) lower_limits(*sample, *inner);  // it may have gone meanwhile
  }
  return to_crio(*sample);
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
