// SPDX-License-Identifier: Apache-2.0
// CRI-O's CgroupStats. @source cri-o v1.34 internal/config/cgmgr/stats_linux.go

#include <crunc/cgroups/stats_compat.hpp>

#include "cgroups/compat/numbers.hpp"

namespace crunc::cgroups {
namespace {

using namespace compat;

/// What differs between the versions of cgroups.
struct Keys {
  std::string_view rss;
  std::string_view inactive_file;
  std::string_view file_mapped;
};

Keys keys_of(const Sample& sample, bool on_v2) {
  if (on_v2) return {"anon", "inactive_file", "file_mapped"};
  const bool hierarchical = sample.details.use_hierarchy.value_or(true);
  return {"total_rss", "total_inactive_file", hierarchical ? "total_mapped_file" : "mapped_file"};
}

void convert_usage(const MemoryStats& memory, const Keys& keys, crio::MemoryStats& out) {
  const MemoryEntry& usage = *memory.usage;
  out.usage = number(usage.usage_bytes);
  out.limit = number(usage.limit_bytes);
  out.max_usage = number(usage.max_bytes);
  out.failcnt = number(usage.failcnt);
  out.working_set_bytes = out.usage - std::min(out.usage, raw(memory, keys.inactive_file));
  if (!usage.limit_bytes || usage.limit_bytes->unlimited()) return;
  out.available_bytes = out.limit - std::min(out.limit, out.working_set_bytes);
}

crio::MemoryStats convert(const MemoryStats& memory, const Keys& keys, bool on_v2) {
  crio::MemoryStats out{.cache = number(memory.cache_bytes),
                        .rss_bytes = raw(memory, keys.rss),
                        .file_mapped = raw(memory, keys.file_mapped)};
  if (memory.usage) convert_usage(memory, keys, out);
  if (memory.kernel) out.kernel_usage = number(memory.kernel->usage_bytes);
  if (memory.kernel_tcp) out.kernel_tcp_usage = number(memory.kernel_tcp->usage_bytes);
  if (memory.swap) out.swap_limit = number(memory.swap->limit_bytes);
  if (on_v2) {
    out.page_faults = raw(memory, "pgfault");
    out.major_page_faults = raw(memory, "pgmajfault");
    if (memory.swap_only) out.swap_usage = number(memory.swap_only->usage_bytes);
  } else if (memory.swap) {
    out.swap_usage = number(memory.swap->usage_bytes);
  }
  return out;
}

crio::CPUStats convert(const CpuStats& cpu) {
  crio::CPUStats out;
  if (cpu.usage) {
    out.total_usage_nano = number(cpu.usage->total);
    for (const CpuTime time : cpu.usage->percpu) out.per_cpu_usage.push_back(time.count());
    out.usage_in_kernelmode = number(cpu.usage->kernel);
    out.usage_in_usermode = number(cpu.usage->user);
  }
  if (cpu.throttling) {
    out.throttling_active_periods = number(cpu.throttling->periods);
    out.throttled_periods = number(cpu.throttling->throttled_periods);
    out.throttled_time = number(cpu.throttling->throttled_time);
  }
  return out;
}

}  // namespace

crio::CgroupStats to_crio(const Sample& sample) {
  const bool on_v2 = sample.on_v2.contains(Controller::memory);
  crio::CgroupStats out;
  if (sample.stats.memory) out.memory = convert(*sample.stats.memory, keys_of(sample, on_v2), on_v2);
  if (sample.stats.cpu) out.cpu = convert(*sample.stats.cpu);
  for (const auto& [size, entry] : sample.stats.hugetlb) {
    out.hugetlb[size] = {.usage = number(entry.usage_bytes), .max = number(entry.max_bytes)};
  }
  if (sample.stats.pids) {
    out.pid = {.current = number(sample.stats.pids->current), .limit = number_or_zero(sample.stats.pids->limit)};
  }
  using std::chrono::nanoseconds;
  out.system_nano = std::chrono::duration_cast<nanoseconds>(sample.read_at.time_since_epoch()).count();
  return out;
}

}  // namespace crunc::cgroups
