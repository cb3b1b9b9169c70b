// SPDX-License-Identifier: Apache-2.0
// The quota of a period as systemd has it: CPU time per second.

#include <algorithm>

#include "cgroups/systemd/property_list.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::uint64_t second = 1000000;
constexpr std::uint64_t percent = second / 100;
// @source kernel/sched/core.c min_cfs_quota_period, max_cfs_quota_period, max_cfs_runtime
constexpr std::uint64_t least_quota = 1000;
constexpr std::uint64_t most_quota = (std::uint64_t{1} << 44) - 1;  // times `second` it still fits 64 bits
constexpr std::uint64_t shortest_period = 1000;
constexpr std::uint64_t longest_period = second;
constexpr std::uint64_t usual_period = 100000;

/// systemd, too, takes the nearest of the periods that the kernel has.
std::uint64_t period_in_force(std::uint64_t period) noexcept {
  return std::clamp(period == 0 ? usual_period : period, shortest_period, longest_period);
}

}  // namespace

std::uint64_t systemd::cpu_time_per_second(std::int64_t quota, std::uint64_t period) noexcept {
  if (quota < 0) return no_property_limit;
  const std::uint64_t each_period = std::min(static_cast<std::uint64_t>(quota), most_quota);
  const std::uint64_t each_second = each_period * second / period_in_force(period);
  return (each_second + percent - 1) / percent * percent;
}

void systemd::add_quota(PropertyList& list, const Target& target, std::int64_t quota, std::uint64_t period,
                        const std::string& quota_field, const std::string& period_field) {
  if (period != 0 && target.version >= 242) list.put("CPUQuotaPeriodUSec", period, period_field);
  if (quota != 0) list.put("CPUQuotaPerSecUSec", cpu_time_per_second(quota, period), quota_field);
}

std::int64_t systemd_quota(std::int64_t quota, std::uint64_t period) noexcept {
  if (quota <= 0) return quota;
  const std::uint64_t made = systemd::cpu_time_per_second(quota, period) * period_in_force(period) / second;
  // The fraction that is lost must not make of the least quota one that the kernel refuses.
  return std::max(static_cast<std::int64_t>(made), std::min(quota, static_cast<std::int64_t>(least_quota)));
}

}  // namespace crunc::cgroups
