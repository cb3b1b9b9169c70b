// SPDX-License-Identifier: Apache-2.0
// Pressure stall information, which belongs to every cgroup of v2 and to no controller.
// @source kernel accounting/psi.rst

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

template <auto Part, auto Member>
Parsed parse(std::string_view text, std::string_view, Filling& into) {
  Pressure pressure;
  if (!parse_pressure(text, pressure)) return Parsed::malformed;
  (into.*Part)().*Member = std::move(pressure);
  return Parsed::good;
}

constexpr StatFile pressure[] = {
    {"cpu.pressure", StatMask::pressure, parse<&Filling::cpu, &CpuStats::psi>},
    {"memory.pressure", StatMask::pressure, parse<&Filling::memory, &MemoryStats::psi>},
    {"io.pressure", StatMask::pressure, parse<&Filling::blkio, &BlkioStats::psi>},
};

}  // namespace

std::span<const StatFile> pressure_files() noexcept { return pressure; }

}  // namespace crunc::cgroups::v2
