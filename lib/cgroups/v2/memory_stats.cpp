// SPDX-License-Identifier: Apache-2.0
// memory of v2. Its swap files count swap alone. @source kernel admin-guide/cgroup-v2.rst, Memory

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

Parsed parse_stat(std::string_view text, std::string_view, Filling& into) {
  RawMemory& raw = into.raw();
  const Parsed result = parse_memory_stat(text, raw);
  if (const auto file = raw.find("file"); file != raw.end()) into.memory().cache_bytes = file->second;
  return result;
}

Parsed parse_events(std::string_view text, std::string_view, Filling& into) {
  MemoryEventCounts counts;
  if (!parse_memory_events(text, counts)) return Parsed::malformed;
  into.details().memory_events = counts;
  return Parsed::good;
}

template <auto Part>
Parsed parse_limit_file(std::string_view text, std::string_view, Filling& into) {
  const auto limit = parse_limit(text);
  if (limit) (into.*Part)().limit_bytes = limit;
  return parsed(limit.has_value());
}

using F = Filling;
using E = MemoryEntry;
constexpr StatFile memory[] = {
    {"memory.current", StatMask::memory, parse_single<&F::memory_usage, &E::usage_bytes>},
    {"memory.max", StatMask::memory, parse_limit_file<&F::memory_usage>},
    {"memory.peak", StatMask::memory_peak, parse_single<&F::memory_usage, &E::max_bytes>},
    {"memory.stat", StatMask::memory_stat, parse_stat},
    {"memory.swap.current", StatMask::memory_swap, parse_single<&F::memory_swap_only, &E::usage_bytes>},
    {"memory.swap.max", StatMask::memory_swap, parse_limit_file<&F::memory_swap_only>},
    {"memory.swap.peak", StatMask::memory_swap, parse_single<&F::memory_swap_only, &E::max_bytes>},
    {"memory.numa_stat", StatMask::memory_numa, parse_numa},
    {"memory.events", StatMask::memory_events, parse_events},
};

}  // namespace

std::span<const StatFile> memory_files() noexcept { return memory; }

}  // namespace crunc::cgroups::v2
