// SPDX-License-Identifier: Apache-2.0
// cpu on v1: shares, the times of realtime tasks, and period, burst and quota, of which the kernel checks each against
// the others as they are at that moment.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v1 {
namespace {

FileWrite cpu_write(std::string file, std::string value, std::string field) {
  return {.controller = Controller::cpu, .file = std::move(file), .value = std::move(value), .field = std::move(field)};
}

Result<void> plan_shares(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  const std::uint64_t shares = cpu.shares.value_or(0);
  // The kernel would move it to the nearer end and say nothing.
  if (shares != 0 && (shares < 2 || shares > 262144)) {
    return field_error(Errc::invalid_argument, "/cpu/shares", "is beyond 2 to 262144");
  }
  const bool idle = cpu.idle.value_or(0) == 1;
  if (cpu.idle && !idle) planner.add(cpu_write("cpu.idle", "0", "/cpu/idle"));
  // Idle tasks have no weight: the kernel refuses one.
  if (shares != 0 && !idle) planner.add(cpu_write("cpu.shares", std::to_string(shares), "/cpu/shares"));
  if (idle) planner.add(cpu_write("cpu.idle", "1", "/cpu/idle"));
  return {};
}

void plan_realtime(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  const std::uint64_t period = cpu.realtime_period.value_or(0);
  const std::int64_t runtime = cpu.realtime_runtime.value_or(0);
  // Without a budget the kernel lets no realtime task join.
  if (period != 0) {
    FileWrite write = cpu_write("cpu.rt_period_us", std::to_string(period), "/cpu/realtimePeriod");
    write.on_failure.retry_invalid = runtime != 0;
    write.before_join = true;
    planner.add(std::move(write));
  }
  if (runtime != 0) {
    FileWrite write = cpu_write("cpu.rt_runtime_us", std::to_string(runtime), "/cpu/realtimeRuntime");
    write.before_join = true;
    planner.add(std::move(write));
  }
}

}  // namespace

Result<void> plan_cpu(Planner& planner) {
  const oci::Cpu& cpu = *planner.resources.cpu;
  if (Result<void> done = check_cpu(planner); !done) return done;
  if (Result<void> done = plan_shares(planner); !done) return done;
  plan_realtime(planner);
  const std::int64_t quota = cpu.quota.value_or(0);
  // A shorter period with the old quota may be more than the parent has, a burst more than the old quota.
  if (const std::uint64_t period = cpu.period.value_or(0); period != 0) {
    FileWrite write = cpu_write("cpu.cfs_period_us", std::to_string(period), "/cpu/period");
    write.on_failure.retry_invalid = quota != 0;
    planner.add(std::move(write));
  }
  if (cpu.burst) {
    FileWrite write = cpu_write("cpu.cfs_burst_us", std::to_string(*cpu.burst), "/cpu/burst");
    write.on_failure = {.ignore_missing = true, .retry_invalid = quota != 0};  // since Linux 5.14
    planner.add(std::move(write));
  }
  if (quota != 0) {
    planner.add(cpu_write("cpu.cfs_quota_us", quota < 0 ? "-1" : std::to_string(quota), "/cpu/quota"));
  }
  return {};
}

}  // namespace crunc::cgroups::v1
