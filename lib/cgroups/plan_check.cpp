// SPDX-License-Identifier: Apache-2.0
// What can be seen to be wrong with resources before anything is written, on either version.

#include "cgroups/planner.hpp"

namespace crunc::cgroups {
namespace {

Error invalid(std::string_view field, std::string_view what) {
  return field_error(Errc::invalid_argument, field, what);
}

Result<void> check_limit(std::optional<std::int64_t> limit, std::string_view field) {
  if (limit.value_or(0) < -1) return invalid(field, "is no limit: neither positive nor -1");
  return {};
}

Result<void> check_burst(const oci::Cpu& cpu, const CurrentLimits& current) {
  const std::int64_t quota = cpu.quota.value_or(0);
  if (quota > 0) {
    if (cpu.burst && *cpu.burst > static_cast<std::uint64_t>(quota)) return invalid("/cpu/burst", "is above the quota");
    if (!cpu.burst && current.cpu_burst_us.value_or(0) > static_cast<std::uint64_t>(quota)) {
      return invalid("/cpu/quota", "is below the burst in force, " + std::to_string(*current.cpu_burst_us) + " us");
    }
  }
  if (quota == 0 && cpu.burst && current.cpu_quota_us) {
    const auto in_force = current.cpu_quota_us->number();
    if (in_force && *cpu.burst > *in_force) {
      return invalid("/cpu/burst", "is above the quota in force, " + std::to_string(*in_force) + " us");
    }
  }
  return {};
}

}  // namespace

Result<void> check_cpu(const Planner& planner) {
  // @source kernel/sched/core.c min_cfs_quota_period, max_cfs_quota_period
  constexpr std::uint64_t least = 1000;
  constexpr std::uint64_t longest = 1000000;
  const oci::Cpu& cpu = *planner.resources.cpu;
  if (const std::uint64_t period = cpu.period.value_or(0); period != 0 && (period < least || period > longest)) {
    return invalid("/cpu/period", "is beyond 1000 to 1000000 us");
  }
  if (const std::int64_t quota = cpu.quota.value_or(0); quota > 0 && static_cast<std::uint64_t>(quota) < least) {
    return invalid("/cpu/quota", "is below 1000 us");
  }
  if (cpu.idle && *cpu.idle != 0 && *cpu.idle != 1) return invalid("/cpu/idle", "is neither 0 nor 1");
  if (cpu.shares.value_or(0) != 0 && !cpu.idle && planner.current.cpu_idle.value_or(false)) {
    return invalid("/cpu/shares", "cannot be set while cpu.idle is 1, which takes an idle of 0");
  }
  return check_burst(cpu, planner.current);
}

Result<void> check_list(const std::string& list, std::string_view field) {
  // @source kernel lib/bitmap.c bitmap_parselist(): ranges, and "0-31:2/4"
  if (list.find_first_not_of("0123456789,-:/ ") == std::string::npos) return {};
  return invalid(field, "is no list such as 0-3,7");
}

Result<void> check_memory(const Planner& planner) {
  const oci::Memory& memory = *planner.resources.memory;
  if (Result<void> done = check_limit(memory.limit, "/memory/limit"); !done) return done;
  if (Result<void> done = check_limit(memory.reservation, "/memory/reservation"); !done) return done;
  if (Result<void> done = check_limit(memory.swap, "/memory/swap"); !done) return done;
  const std::int64_t limit = memory.limit.value_or(0);
  const std::int64_t swap = memory.swap.value_or(0);
  if (limit > 0 && swap > 0 && swap < limit) {
    return invalid("/memory/swap", "is below the limit of memory, which it includes");
  }
  return {};
}

Result<void> check_io_weight(std::uint16_t weight, const std::string& field) {
  if (weight == 0 || (weight >= 10 && weight <= 1000)) return {};
  return invalid(field, "is beyond 10 to 1000");
}

}  // namespace crunc::cgroups
