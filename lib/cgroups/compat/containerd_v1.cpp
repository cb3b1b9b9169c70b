// SPDX-License-Identifier: Apache-2.0
// containerd's Metrics of cgroup v1. @source containerd/cgroups 360fd8b cgroup1/{memory,cpu,cpuacct,blkio,hugetlb}.go

#include <crunc/cgroups/stats_compat.hpp>

#include <map>
#include <utility>

#include "cgroups/compat/numbers.hpp"
#include "cgroups/parse.hpp"
#include "sys/fd.hpp"

namespace crunc::cgroups {
namespace {

using namespace compat;
namespace shape = containerd_v1;

shape::CPUStat convert(const CpuStats& cpu) {
  shape::CPUStat out;
  if (cpu.usage) {
    out.usage.total = number(cpu.usage->total);
    out.usage.kernel = number(cpu.usage->kernel);
    out.usage.user = number(cpu.usage->user);
    for (const CpuTime time : cpu.usage->percpu) out.usage.per_cpu.push_back(time.count());
  }
  if (cpu.throttling) {
    out.throttling.periods = number(cpu.throttling->periods);
    out.throttling.throttled_periods = number(cpu.throttling->throttled_periods);
    out.throttling.throttled_time = number(cpu.throttling->throttled_time);
  }
  return out;
}

std::optional<shape::MemoryEntry> convert(const std::optional<MemoryEntry>& entry) {
  if (!entry) return std::nullopt;
  return shape::MemoryEntry{.limit = number(entry->limit_bytes),
                            .usage = number(entry->usage_bytes),
                            .max = number(entry->max_bytes),
                            .failcnt = number(entry->failcnt)};
}

struct Key {
  std::string_view name;
  std::uint64_t shape::MemoryStat::*own;
  std::uint64_t shape::MemoryStat::*total;
};
using M = shape::MemoryStat;
constexpr Key keys[] = {
    {"cache", &M::cache, &M::total_cache},
    {"rss", &M::rss, &M::total_rss},
    {"rss_huge", &M::rss_huge, &M::total_rss_huge},
    {"mapped_file", &M::mapped_file, &M::total_mapped_file},
    {"dirty", &M::dirty, &M::total_dirty},
    {"writeback", &M::writeback, &M::total_writeback},
    {"pgpgin", &M::pg_pg_in, &M::total_pg_pg_in},
    {"pgpgout", &M::pg_pg_out, &M::total_pg_pg_out},
    {"pgfault", &M::pg_fault, &M::total_pg_fault},
    {"pgmajfault", &M::pg_maj_fault, &M::total_pg_maj_fault},
    {"inactive_anon", &M::inactive_anon, &M::total_inactive_anon},
    {"active_anon", &M::active_anon, &M::total_active_anon},
    {"inactive_file", &M::inactive_file, &M::total_inactive_file},
    {"active_file", &M::active_file, &M::total_active_file},
    {"unevictable", &M::unevictable, &M::total_unevictable},
};

shape::MemoryStat convert(const MemoryStats& memory) {
  shape::MemoryStat out;
  for (const Key& key : keys) {
    out.*key.own = raw(memory, key.name);
    out.*key.total = raw(memory, "total_" + std::string(key.name));
  }
  out.hierarchical_memory_limit = raw(memory, "hierarchical_memory_limit");
  out.hierarchical_swap_limit = raw(memory, "hierarchical_memsw_limit");
  out.usage = convert(memory.usage);
  out.swap = convert(memory.swap);
  out.kernel = convert(memory.kernel);
  out.kernel_tcp = convert(memory.kernel_tcp);
  return out;
}

std::vector<shape::BlkIOEntry> convert(const std::vector<BlkioEntry>& rows, const DeviceNames& names) {
  std::vector<shape::BlkIOEntry> out;
  out.reserve(rows.size());
  for (const BlkioEntry& row : rows) {
    out.push_back({.op = row.op,
                   .device = names ? names(row.major, row.minor) : std::string(),
                   .major = row.major,
                   .minor = row.minor,
                   .value = row.value});
  }
  return out;
}

shape::BlkIOStat convert(const BlkioStats& blkio, const DeviceNames& names) {
  return {.io_service_bytes_recursive = convert(blkio.service_bytes, names),
          .io_serviced_recursive = convert(blkio.serviced, names),
          .io_queued_recursive = convert(blkio.queued, names),
          .io_service_time_recursive = convert(blkio.service_time, names),
          .io_wait_time_recursive = convert(blkio.wait_time, names),
          .io_merged_recursive = convert(blkio.merged, names),
          .io_time_recursive = convert(blkio.time, names),
          .sectors_recursive = convert(blkio.sectors, names)};
}

shape::MemoryOomControl convert(const OomControl& control) {
  return {.oom_kill_disable = control.kill_disabled.value_or(false) ? 1U : 0U,
          .under_oom = control.under_oom.value_or(false) ? 1U : 0U,
          .oom_kill = number(control.oom_kill)};
}

}  // namespace

shape::RdmaStat compat::convert_rdma(const RdmaStats& rdma) {
  const auto convert_rows = [](const std::vector<RdmaEntry>& rows) {
    std::vector<shape::RdmaEntry> out;
    out.reserve(rows.size());
    for (const RdmaEntry& row : rows) {
      out.push_back(
          {.device = row.device, .hca_handles = number32(row.hca_handles), .hca_objects = number32(row.hca_objects)});
    }
    return out;
  };
  return {.current = convert_rows(rdma.current), .limit = convert_rows(rdma.limit)};
}

shape::Metrics to_containerd_v1(const Sample& sample, const DeviceNames& names) {
  const Stats& stats = sample.stats;
  shape::Metrics out;
  for (const auto& [size, use] : sample.details.hugetlb) {
    out.hugetlb.push_back({.usage = number(use.usage_bytes),
                           .max = number(use.max_bytes),
                           .failcnt = number(use.failcnt),
                           .pagesize = size});
  }
  if (stats.pids) out.pids = {.current = number(stats.pids->current), .limit = number_or_zero(stats.pids->limit)};
  if (stats.cpu) out.cpu = convert(*stats.cpu);
  if (stats.memory) out.memory = convert(*stats.memory);
  if (stats.blkio) out.blkio = convert(*stats.blkio, names);
  if (stats.rdma) out.rdma = convert_rdma(*stats.rdma);
  if (sample.details.oom_control) out.memory_oom_control = convert(*sample.details.oom_control);
  return out;
}

Result<DeviceNames> read_device_names() {
  constexpr std::size_t largest = std::size_t{1024} * 1024;
  const auto text = sys::read_file("/proc/partitions", largest);
  if (!text) return Error(Errc::system_error, "read /proc/partitions", text.error());
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> known;
  std::string_view rest = *text;
  while (!rest.empty()) {
    // "major minor #blocks name", after a header and a blank line
    std::string_view line = take_line(rest);
    const auto major = parse_count(take_word(line));
    const auto minor = parse_count(take_word(line));
    static_cast<void>(take_word(line));
    if (major && minor) known[{*major, *minor}] = take_word(line);
  }
  return DeviceNames([known = std::move(known)](std::uint64_t major, std::uint64_t minor) {
    const auto found = known.find({major, minor});
    return found != known.end() ? found->second : std::string();
  });
}

}  // namespace crunc::cgroups
