// SPDX-License-Identifier: Apache-2.0
// runc's `events` of the same numbers. @source runc 1.1.5 events.go, types/events.go, libcontainer fs and fs2

#include <crunc/cgroups/stats_compat.hpp>

#include <utility>

#include "oci/event_writer.hpp"

namespace crunc::cgroups {
namespace {

/// runc leaves these out when they are zero.
template <class T>
void drop_zero(std::optional<T>& value) {
  if (value && *value == T{}) value.reset();
}

/// And these it always prints.
template <class T>
void need(std::optional<T>& value, T absent = T{}) {
  if (!value) value = absent;
}

void settle(std::optional<MemoryEntry>& entry) {
  need(entry);
  need(entry->limit_bytes, Limit(0));
  need(entry->failcnt);
  drop_zero(entry->usage_bytes);
  drop_zero(entry->max_bytes);
}

void settle(CpuStats& cpu) {
  need(cpu.usage);
  need(cpu.throttling);
  drop_zero(cpu.usage->total);
  need(cpu.usage->kernel);
  need(cpu.usage->user);
  drop_zero(cpu.throttling->periods);
  drop_zero(cpu.throttling->throttled_periods);
  drop_zero(cpu.throttling->throttled_time);
  cpu.psi.reset();
  cpu.burst.reset();
}

void settle(CpusetStats& cpuset) {
  for (auto* number :
       {&cpuset.cpu_exclusive, &cpuset.mem_hardwall, &cpuset.mem_exclusive, &cpuset.memory_migrate,
        &cpuset.memory_spread_page, &cpuset.memory_spread_slab, &cpuset.memory_pressure, &cpuset.sched_load_balance}) {
    need(*number);
  }
  need(cpuset.sched_relax_domain_level);
}

void settle(MemoryStats& memory, bool on_v2) {
  if (on_v2) {
    // It knows no peak, and takes memory for swap where swap is not counted.
    if (!memory.swap_only) memory.swap = memory.usage;
    for (auto* entry : {&memory.usage, &memory.swap}) {
      if (*entry) (*entry)->max_bytes.reset();
    }
  }
  drop_zero(memory.cache_bytes);
  for (auto* entry : {&memory.usage, &memory.swap, &memory.kernel, &memory.kernel_tcp}) settle(*entry);
  memory.psi.reset();
  memory.swap_only.reset();
}

void settle(BlkioStats& blkio, bool on_v2) {
  if (on_v2) {
    for (auto* list : {&blkio.service_bytes, &blkio.serviced}) {
      std::erase_if(*list, [](const BlkioEntry& entry) { return entry.op == "Discard"; });
    }
  }
  for (auto* list : {&blkio.cost_usage, &blkio.cost_wait, &blkio.cost_indebt, &blkio.cost_indelay}) list->clear();
  blkio.psi.reset();
}

}  // namespace

Event to_runc_event(const Sample& sample, std::string id) {
  Event event{.type = EventType::stats, .type_text = "stats", .id = std::move(id), .stats = sample.stats};
  Stats& stats = *event.stats;
  need(stats.cpu);
  need(stats.cpuset);
  need(stats.memory);
  need(stats.pids);
  need(stats.blkio);
  need(stats.intel_rdt);
  settle(*stats.cpu);
  settle(*stats.cpuset);
  settle(*stats.memory, sample.on_v2.contains(Controller::memory));
  settle(*stats.blkio, sample.on_v2.contains(Controller::io));
  drop_zero(stats.pids->current);
  if (stats.pids->limit == Limit(0)) stats.pids->limit = Limit();
  // On a hybrid host it looks at v1 alone.
  if (sample.on_v2.contains(Controller::hugetlb) && !sample.on_v2.contains(Controller::memory) && sample.stats.memory) {
    stats.hugetlb.clear();
  }
  for (auto& [size, entry] : stats.hugetlb) {
    drop_zero(entry.usage_bytes);
    drop_zero(entry.max_bytes);
    need(entry.failcnt);
  }
  stats.rdma.reset();
  stats.misc.clear();
  return event;
}

std::string to_runc_line(const Sample& sample, std::string id) {
  return oci::write_event(to_runc_event(sample, std::move(id)));
}

}  // namespace crunc::cgroups
