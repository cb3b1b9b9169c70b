// SPDX-License-Identifier: Apache-2.0
// A Sample that is filled again and again without giving its memory back in between.

#include <algorithm>

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups {
namespace {

void clear(CpuStats& cpu) {
  if (cpu.usage) {
    cpu.usage->total.reset();
    cpu.usage->kernel.reset();
    cpu.usage->user.reset();
    for (auto* list : {&cpu.usage->percpu, &cpu.usage->percpu_kernel, &cpu.usage->percpu_user}) list->clear();
  }
  cpu.throttling.reset();
  cpu.psi.reset();
  cpu.burst.reset();
}

void clear(CpusetStats& cpuset) {
  CpusetStats fresh;
  fresh.cpus.swap(cpuset.cpus);
  fresh.mems.swap(cpuset.mems);
  fresh.cpus.clear();
  fresh.mems.clear();
  cpuset = std::move(fresh);
}

/// But for `raw`: its nodes are used again.
void clear(MemoryStats& memory) {
  memory.cache_bytes.reset();
  for (auto* entry : {&memory.usage, &memory.swap, &memory.kernel, &memory.kernel_tcp, &memory.swap_only}) {
    entry->reset();
  }
  memory.psi.reset();
}

void clear(BlkioStats& blkio) {
  for (auto* list :
       {&blkio.service_bytes, &blkio.serviced, &blkio.queued, &blkio.service_time, &blkio.wait_time, &blkio.merged,
        &blkio.time, &blkio.sectors, &blkio.cost_usage, &blkio.cost_wait, &blkio.cost_indebt, &blkio.cost_indelay}) {
    list->clear();
  }
  blkio.psi.reset();
}

/// Blank rows: their names' memory is used again.
void clear(std::vector<RdmaEntry>& rows) {
  for (RdmaEntry& row : rows) {
    row.device.clear();
    row.hca_handles.reset();
    row.hca_objects.reset();
    row.extra.clear();
  }
}

void erase_blank(std::vector<RdmaEntry>& rows) {
  std::erase_if(rows, [](const RdmaEntry& row) { return row.device.empty(); });
}

template <class Map>
void clear_values(Map& map) {
  for (auto& [key, value] : map) value = {};
}

template <class Map>
void erase_empty(Map& map) {
  std::erase_if(map, [](const auto& each) { return each.second == typename Map::mapped_type{}; });
}

/// The value at `key`, which is copied only when it is new.
template <class Map>
typename Map::mapped_type& at(Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map.try_emplace(std::string(key)).first->second;
}

template <class T>
T& engage(std::optional<T>& optional) {
  return optional ? *optional : optional.emplace();
}

std::optional<Limit> sum(const std::optional<Limit>& a, const std::optional<Limit>& b) {
  if (!a || !b) return std::nullopt;
  if (a->unlimited() || b->unlimited()) return Limit();
  return Limit(a->printed() + b->printed());
}

std::optional<std::uint64_t> difference(const std::optional<std::uint64_t>& a, const std::optional<std::uint64_t>& b) {
  if (!a || !b) return std::nullopt;
  return *a - std::min(*a, *b);  // read one after the other, they can be the wrong way round
}

}  // namespace

Filling::Filling(Sample& sample) : sample_(sample) {
  Stats& stats = sample.stats;
  sample.errors.clear();
  sample.on_v2 = {};
  if (stats.cpu) clear(*stats.cpu);
  if (stats.cpuset) clear(*stats.cpuset);
  if (stats.memory) clear(*stats.memory);
  if (stats.blkio) clear(*stats.blkio);
  if (stats.rdma) clear(stats.rdma->current), clear(stats.rdma->limit);
  stats.pids.reset();
  clear_values(stats.hugetlb);
  clear_values(stats.misc);
  clear_values(sample.details.hugetlb);
  sample.details.memory_events.reset();
  sample.details.oom_control.reset();
  sample.details.use_hierarchy.reset();
}

CpuStats& Filling::cpu() {
  cpu_ = true;
  return engage(sample_.stats.cpu);
}
CpuUsage& Filling::cpu_usage() {
  cpu_usage_ = true;
  return engage(cpu().usage);
}
CpusetStats& Filling::cpuset() {
  cpuset_ = true;
  return engage(sample_.stats.cpuset);
}
MemoryStats& Filling::memory() {
  memory_ = true;
  return engage(sample_.stats.memory);
}
MemoryEntry& Filling::memory_usage() { return engage(memory().usage); }
MemoryEntry& Filling::memory_swap() { return engage(memory().swap); }
MemoryEntry& Filling::memory_swap_only() { return engage(memory().swap_only); }
MemoryEntry& Filling::memory_kernel() { return engage(memory().kernel); }
MemoryEntry& Filling::memory_kernel_tcp() { return engage(memory().kernel_tcp); }
PidsStats& Filling::pids() { return engage(sample_.stats.pids); }
BlkioStats& Filling::blkio() {
  blkio_ = true;
  return engage(sample_.stats.blkio);
}
RdmaStats& Filling::rdma() {
  rdma_ = true;
  return engage(sample_.stats.rdma);
}
HugetlbEntry& Filling::hugetlb(std::string_view page_size) { return at(sample_.stats.hugetlb, page_size); }
HugetlbUse& Filling::hugetlb_use(std::string_view page_size) { return at(sample_.details.hugetlb, page_size); }
MiscEntry& Filling::misc(std::string_view resource) { return at(sample_.stats.misc, resource); }
RawMemory& Filling::raw() {
  raw_ = true;
  return memory().raw;
}
NumaRows& Filling::numa() {
  numa_ = true;
  return sample_.details.memory_numa;
}

void Filling::finish() {
  Stats& stats = sample_.stats;
  if (!cpu_) stats.cpu.reset();
  if (!cpu_usage_ && stats.cpu) stats.cpu->usage.reset();
  if (!cpuset_) stats.cpuset.reset();
  if (!memory_) stats.memory.reset();
  if (!blkio_) stats.blkio.reset();
  if (!rdma_) stats.rdma.reset();
  if (stats.rdma) erase_blank(stats.rdma->current), erase_blank(stats.rdma->limit);
  if (!numa_) sample_.details.memory_numa.clear();
  erase_empty(stats.hugetlb);
  erase_empty(stats.misc);
  erase_empty(sample_.details.hugetlb);
  if (!stats.memory) return;
  if (!raw_) stats.memory->raw.clear();
  if (stats.memory->usage) add_swap(*stats.memory);
}

/// v1 counts memory and swap together, v2 swap alone: each is made from the other.
void Filling::add_swap(MemoryStats& memory) {
  const MemoryEntry& usage = *memory.usage;
  if (memory.swap_only) {
    const MemoryEntry& only = *memory.swap_only;
    MemoryEntry& both = memory.swap.emplace();
    if (only.usage_bytes && usage.usage_bytes) both.usage_bytes = *only.usage_bytes + *usage.usage_bytes;
    both.limit_bytes = sum(only.limit_bytes, usage.limit_bytes);
  } else if (memory.swap) {
    MemoryEntry& only = memory.swap_only.emplace();
    only.usage_bytes = difference(memory.swap->usage_bytes, usage.usage_bytes);
    only.failcnt = difference(memory.swap->failcnt, usage.failcnt);
  }
}

}  // namespace crunc::cgroups
