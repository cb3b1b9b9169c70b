// SPDX-License-Identifier: Apache-2.0
// memory of v1. The swap files count memory and swap together. @source kernel cgroup-v1/memory.rst

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v1 {
namespace {

template <auto Part, auto Member, auto parse = parse_count>
constexpr auto entry = parse_single<Part, Member, parse>;

Parsed parse_stat(std::string_view text, std::string_view, Filling& into) {
  RawMemory& raw = into.raw();
  const Parsed result = parse_memory_stat(text, raw);
  if (const auto cache = raw.find("cache"); cache != raw.end()) into.memory().cache_bytes = cache->second;
  return result;
}

Parsed parse_events(std::string_view text, std::string_view, Filling& into) {
  OomControl control;
  if (!parse_oom_control(text, control)) return Parsed::malformed;
  into.details().oom_control = control;
  return Parsed::good;
}

Parsed parse_hierarchy(std::string_view text, std::string_view, Filling& into) {
  return parsed(store(into.details().use_hierarchy, parse_count(text)));
}

using F = Filling;
using E = MemoryEntry;
constexpr StatFile memory[] = {
    {"memory.usage_in_bytes", StatMask::memory, entry<&F::memory_usage, &E::usage_bytes>},
    {"memory.limit_in_bytes", StatMask::memory, entry<&F::memory_usage, &E::limit_bytes>},
    {"memory.max_usage_in_bytes", StatMask::memory_peak, entry<&F::memory_usage, &E::max_bytes>},
    {"memory.failcnt", StatMask::memory_peak, entry<&F::memory_usage, &E::failcnt>},
    {"memory.stat", StatMask::memory_stat, parse_stat},
    {"memory.memsw.usage_in_bytes", StatMask::memory_swap, entry<&F::memory_swap, &E::usage_bytes>},
    {"memory.memsw.limit_in_bytes", StatMask::memory_swap, entry<&F::memory_swap, &E::limit_bytes>},
    {"memory.memsw.max_usage_in_bytes", StatMask::memory_swap, entry<&F::memory_swap, &E::max_bytes>},
    {"memory.memsw.failcnt", StatMask::memory_swap, entry<&F::memory_swap, &E::failcnt>},
    {"memory.kmem.usage_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel, &E::usage_bytes>},
    {"memory.kmem.limit_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel, &E::limit_bytes>},
    {"memory.kmem.max_usage_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel, &E::max_bytes>},
    {"memory.kmem.failcnt", StatMask::memory_kernel, entry<&F::memory_kernel, &E::failcnt>},
    {"memory.kmem.tcp.usage_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel_tcp, &E::usage_bytes>},
    {"memory.kmem.tcp.limit_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel_tcp, &E::limit_bytes>},
    {"memory.kmem.tcp.max_usage_in_bytes", StatMask::memory_kernel, entry<&F::memory_kernel_tcp, &E::max_bytes>},
    {"memory.kmem.tcp.failcnt", StatMask::memory_kernel, entry<&F::memory_kernel_tcp, &E::failcnt>},
    {"memory.numa_stat", StatMask::memory_numa, parse_numa},
    {"memory.oom_control", StatMask::memory_events, parse_events},
    {"memory.use_hierarchy", StatMask::memory_hierarchy, parse_hierarchy},
};

}  // namespace

std::span<const StatFile> memory_files() noexcept { return memory; }

}  // namespace crunc::cgroups::v1
