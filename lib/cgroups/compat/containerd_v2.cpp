// SPDX-License-Identifier: Apache-2.0
// containerd's Metrics of cgroup v2. @source containerd/cgroups 360fd8b cgroup2/{manager,utils}.go

#include <algorithm>

#include <crunc/cgroups/stats_compat.hpp>

#include "cgroups/compat/numbers.hpp"

namespace crunc::cgroups {
namespace {

using namespace compat;
namespace shape = containerd_v2;

std::optional<shape::PSIData> convert(const std::optional<PressureShare>& share) {
  if (!share) return std::nullopt;
  return shape::PSIData{.avg10 = share->avg10.value_or(0),
                        .avg60 = share->avg60.value_or(0),
                        .avg300 = share->avg300.value_or(0),
                        .total = number(share->total)};
}

std::optional<shape::PSIStats> convert(const std::optional<Pressure>& psi) {
  if (!psi) return std::nullopt;
  return shape::PSIStats{.some = convert(psi->some), .full = convert(psi->full)};
}

shape::CPUStat convert(const CpuStats& cpu) {
  shape::CPUStat out{.psi = convert(cpu.psi)};
  if (cpu.usage) {
    out.usage_usec = microseconds(cpu.usage->total);
    out.user_usec = microseconds(cpu.usage->user);
    out.system_usec = microseconds(cpu.usage->kernel);
  }
  if (cpu.throttling) {
    out.nr_periods = number(cpu.throttling->periods);
    out.nr_throttled = number(cpu.throttling->throttled_periods);
    out.throttled_usec = microseconds(cpu.throttling->throttled_time);
  }
  if (cpu.burst) {
    out.nr_bursts = number(cpu.burst->periods);
    out.burst_usec = microseconds(cpu.burst->time);
  }
  return out;
}

struct Key {
  std::string_view name;
  std::uint64_t shape::MemoryStat::*member;
};
using M = shape::MemoryStat;
constexpr Key keys[] = {
    {"anon", &M::anon},
    {"file", &M::file},
    {"kernel_stack", &M::kernel_stack},
    {"slab", &M::slab},
    {"sock", &M::sock},
    {"shmem", &M::shmem},
    {"file_mapped", &M::file_mapped},
    {"file_dirty", &M::file_dirty},
    {"file_writeback", &M::file_writeback},
    {"anon_thp", &M::anon_thp},
    {"inactive_anon", &M::inactive_anon},
    {"active_anon", &M::active_anon},
    {"inactive_file", &M::inactive_file},
    {"active_file", &M::active_file},
    {"unevictable", &M::unevictable},
    {"slab_reclaimable", &M::slab_reclaimable},
    {"slab_unreclaimable", &M::slab_unreclaimable},
    {"pgfault", &M::pgfault},
    {"pgmajfault", &M::pgmajfault},
    {"workingset_refault", &M::workingset_refault},
    {"workingset_activate", &M::workingset_activate},
    {"workingset_nodereclaim", &M::workingset_nodereclaim},
    {"pgrefill", &M::pgrefill},
    {"pgscan", &M::pgscan},
    {"pgsteal", &M::pgsteal},
    {"pgactivate", &M::pgactivate},
    {"pgdeactivate", &M::pgdeactivate},
    {"pglazyfree", &M::pglazyfree},
    {"pglazyfreed", &M::pglazyfreed},
    {"thp_fault_alloc", &M::thp_fault_alloc},
    {"thp_collapse_alloc", &M::thp_collapse_alloc},
    {"workingset_refault_anon", &M::workingset_refault_anon},
    {"workingset_refault_file", &M::workingset_refault_file},
    {"workingset_activate_anon", &M::workingset_activate_anon},
    {"workingset_activate_file", &M::workingset_activate_file},
};

shape::MemoryStat convert(const MemoryStats& memory) {
  shape::MemoryStat out{.psi = convert(memory.psi)};
  for (const Key& key : keys) out.*key.member = raw(memory, key.name);
  if (memory.usage) {
    out.usage = number(memory.usage->usage_bytes);
    out.usage_limit = number(memory.usage->limit_bytes);
    out.max_usage = number(memory.usage->max_bytes);
  }
  if (memory.swap_only) {
    out.swap_usage = number(memory.swap_only->usage_bytes);
    out.swap_limit = number(memory.swap_only->limit_bytes);
    out.swap_max_usage = number(memory.swap_only->max_bytes);
  }
  return out;
}

shape::IOEntry& device_of(const BlkioEntry& row, std::vector<shape::IOEntry>& devices) {
  const auto found = std::ranges::find_if(
      devices, [&](const auto& each) { return each.major == row.major && each.minor == row.minor; });
  if (found != devices.end()) return *found;
  return devices.emplace_back(shape::IOEntry{.major = row.major, .minor = row.minor});
}

shape::IOStat convert(const BlkioStats& blkio) {
  shape::IOStat out{.psi = convert(blkio.psi)};
  for (const BlkioEntry& row : blkio.service_bytes) {
    if (row.op == "Read") device_of(row, out.usage).rbytes = row.value;
    if (row.op == "Write") device_of(row, out.usage).wbytes = row.value;
  }
  for (const BlkioEntry& row : blkio.serviced) {
    if (row.op == "Read") device_of(row, out.usage).rios = row.value;
    if (row.op == "Write") device_of(row, out.usage).wios = row.value;
  }
  return out;
}

shape::MemoryEvents convert(const MemoryEventCounts& counts) {
  return {.low = number(counts.low),
          .high = number(counts.high),
          .max = number(counts.max),
          .oom = number(counts.oom),
          .oom_kill = number(counts.oom_kill),
          .oom_group_kill = number(counts.oom_group_kill)};
}

}  // namespace

shape::Metrics to_containerd_v2(const Sample& sample) {
  const Stats& stats = sample.stats;
  shape::Metrics out;
  if (stats.pids) out.pids = {.current = number(stats.pids->current), .limit = stats.pids->limit.printed()};
  if (stats.cpu) out.cpu = convert(*stats.cpu);
  if (stats.memory) out.memory = convert(*stats.memory);
  if (stats.rdma) out.rdma = convert_rdma(*stats.rdma);
  if (stats.blkio) out.io = convert(*stats.blkio);
  for (const auto& [size, use] : sample.details.hugetlb) {
    out.hugetlb.push_back({.current = number(use.usage_bytes),
                           .max = number(use.limit_bytes),
                           .pagesize = size,
                           .failcnt = number(use.failcnt)});
  }
  if (sample.details.memory_events) out.memory_events = convert(*sample.details.memory_events);
  return out;
}

}  // namespace crunc::cgroups
