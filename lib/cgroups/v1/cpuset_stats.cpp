// SPDX-License-Identifier: Apache-2.0
// cpuset of v1: what is configured, and not the effective_ files, as libcontainer has it.
// @source kernel cgroup-v1/cpusets.rst

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v1 {
namespace {

template <auto Member>
Parsed parse_numbers(std::string_view text, std::string_view, Filling& into) {
  auto& numbers = into.cpuset().*Member;
  if (parse_list(text, numbers)) return Parsed::good;
  numbers.clear();
  return Parsed::malformed;
}

template <auto Member, auto parse = parse_count>
constexpr auto single = parse_single<&Filling::cpuset, Member, parse>;

constexpr StatFile cpuset[] = {
    {"cpuset.cpus", StatMask::cpuset, parse_numbers<&CpusetStats::cpus>},
    {"cpuset.mems", StatMask::cpuset, parse_numbers<&CpusetStats::mems>},
    {"cpuset.cpu_exclusive", StatMask::cpuset, single<&CpusetStats::cpu_exclusive>},
    {"cpuset.mem_exclusive", StatMask::cpuset, single<&CpusetStats::mem_exclusive>},
    {"cpuset.mem_hardwall", StatMask::cpuset, single<&CpusetStats::mem_hardwall>},
    {"cpuset.memory_migrate", StatMask::cpuset, single<&CpusetStats::memory_migrate>},
    {"cpuset.memory_spread_page", StatMask::cpuset, single<&CpusetStats::memory_spread_page>},
    {"cpuset.memory_spread_slab", StatMask::cpuset, single<&CpusetStats::memory_spread_slab>},
    {"cpuset.memory_pressure", StatMask::cpuset, single<&CpusetStats::memory_pressure>},
    {"cpuset.sched_load_balance", StatMask::cpuset, single<&CpusetStats::sched_load_balance>},
    {"cpuset.sched_relax_domain_level", StatMask::cpuset, single<&CpusetStats::sched_relax_domain_level, parse_signed>},
};

}  // namespace

std::span<const StatFile> cpuset_files() noexcept { return cpuset; }

}  // namespace crunc::cgroups::v1
