// SPDX-License-Identifier: Apache-2.0
// cpu of v2: microseconds, here nanoseconds as on v1. The file has usage also where the controller is off.
// @source kernel admin-guide/cgroup-v2.rst, cpu.stat

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

std::optional<CpuTime> parse_microseconds(std::string_view text) noexcept {
  const auto count = parse_count(text);
  if (!count || *count > UINT64_MAX / 1000) return std::nullopt;
  return CpuTime(*count * 1000);
}

constexpr StatMask wanted = StatMask::cpu_time | StatMask::cpu_split | StatMask::cpu_throttling;

Parsed parse_stat(std::string_view text, std::string_view, Filling& into) {
  CpuUsage& usage = into.cpu_usage();
  CpuThrottling throttling;
  CpuBurst burst;
  const bool good = each_flat(text, [&](std::string_view key, std::string_view value) {
    if (key == "usage_usec") return store(usage.total, parse_microseconds(value));
    if (key == "user_usec") return store(usage.user, parse_microseconds(value));
    if (key == "system_usec") return store(usage.kernel, parse_microseconds(value));
    if (key == "nr_periods") return store(throttling.periods, parse_count(value));
    if (key == "nr_throttled") return store(throttling.throttled_periods, parse_count(value));
    if (key == "throttled_usec") return store(throttling.throttled_time, parse_microseconds(value));
    if (key == "nr_bursts") return store(burst.periods, parse_count(value));
    if (key == "burst_usec") return store(burst.time, parse_microseconds(value));
    return true;
  });
  if (throttling.periods) into.cpu().throttling = throttling;
  if (burst.periods) into.cpu().burst = burst;
  return parsed(good && usage.total);
}

constexpr StatFile cpu[] = {{"cpu.stat", wanted, parse_stat}};

}  // namespace

std::span<const StatFile> cpu_files() noexcept { return cpu; }

}  // namespace crunc::cgroups::v2
