// SPDX-License-Identifier: Apache-2.0
// cpu on v2: weight, or idle; quota and period in one file, which the burst may at no moment exceed.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {
namespace {

FileWrite cpu_write(std::string file, std::string value, std::string field) {
  return {.controller = Controller::cpu, .file = std::move(file), .value = std::move(value), .field = std::move(field)};
}

void plan_weight(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  const bool idle = cpu.idle.value_or(0) == 1;
  if (cpu.idle) planner.add(cpu_write("cpu.idle", idle ? "1" : "0", "/cpu/idle"));
  // Idle tasks have no weight: the kernel refuses one.
  if (const std::uint64_t shares = cpu.shares.value_or(0); shares != 0 && !idle) {
    const std::uint64_t weight = cpu_weight_from_shares(shares, planner.options.cpu_weight);
    planner.add(cpu_write("cpu.weight", std::to_string(weight), "/cpu/shares"));
  }
}

/// cpu.max: a quota alone leaves the period; a period needs the quota that is in force beside it.
std::string cpu_max(std::int64_t quota, std::uint64_t period, const CurrentLimits& current) {
  const std::string in_force = to_text(current.cpu_quota_us.value_or(Limit()));
  const std::string first = quota == 0 ? in_force : quota < 0 ? "max" : std::to_string(quota);
  return period == 0 ? first : first + ' ' + std::to_string(period);
}

}  // namespace

Result<void> plan_cpu(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  if (Result<void> done = check_cpu(planner); !done) return done;
  for (const auto& [given, field] : {std::pair(cpu.realtime_period.value_or(0) != 0, "/cpu/realtimePeriod"),
                                     std::pair(cpu.realtime_runtime.value_or(0) != 0, "/cpu/realtimeRuntime")}) {
    if (!given) continue;
    if (Result<void> done = planner.missing(field, "is not in cgroup v2"); !done) return done;
  }
  plan_weight(planner);
  const std::int64_t quota = cpu.quota.value_or(0);
  const std::uint64_t period = cpu.period.value_or(0);
  if (cpu.burst) {
    FileWrite write = cpu_write("cpu.max.burst", std::to_string(*cpu.burst), "/cpu/burst");
    write.on_failure.retry_invalid = quota != 0;
    planner.add(std::move(write));
  }
  if (quota != 0 || period != 0) {
    planner.add(
        cpu_write("cpu.max", cpu_max(quota, period, planner.current), quota != 0 ? "/cpu/quota" : "/cpu/period"));
  }
  return {};
}

}  // namespace crunc::cgroups::v2
