// SPDX-License-Identifier: Apache-2.0
// cpu and cpuacct of v1. Times are nanoseconds but for cpuacct.stat, which counts ticks.
// @source kernel cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v1 {
namespace {

/// USER_HZ, which is 100 on every architecture that runs containers. libcontainer and containerd assume it, too.
constexpr std::uint64_t tick_nanoseconds = 10'000'000;

Parsed parse_stat(std::string_view text, std::string_view, Filling& into) {
  CpuUsage& usage = into.cpu_usage();
  const bool good = each_flat(text, [&](std::string_view key, std::string_view value) {
    auto* const target = key == "user" ? &usage.user : key == "system" ? &usage.kernel : nullptr;
    if (target == nullptr) return true;
    const auto ticks = parse_count(value);
    if (!ticks || *ticks > UINT64_MAX / tick_nanoseconds) return false;
    *target = CpuTime(*ticks * tick_nanoseconds);
    return true;
  });
  return parsed(good && usage.user && usage.kernel);
}

Parsed parse_percpu(std::string_view text, std::string_view, Filling& into) {
  std::vector<CpuTime>& percpu = into.cpu_usage().percpu;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    const auto time = parse_count(word);
    if (!time) return percpu.clear(), Parsed::malformed;
    percpu.emplace_back(*time);
  }
  return Parsed::good;
}

/// Lines "cpu user system" after a header.
Parsed parse_all(std::string_view text, std::string_view, Filling& into) {
  CpuUsage& usage = into.cpu_usage();
  static_cast<void>(take_line(text));
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const auto cpu = parse_count(take_word(line));
    const auto user = parse_count(take_word(line));
    const auto kernel = parse_count(line);
    if (!cpu || !user || !kernel) {
      usage.percpu_user.clear();
      usage.percpu_kernel.clear();
      return Parsed::malformed;
    }
    usage.percpu_user.emplace_back(*user);
    usage.percpu_kernel.emplace_back(*kernel);
  }
  return Parsed::good;
}

Parsed parse_throttling(std::string_view text, std::string_view, Filling& into) {
  CpuThrottling throttling;
  CpuBurst burst;
  const bool good = each_flat(text, [&](std::string_view key, std::string_view value) {
    if (key == "nr_periods") return store(throttling.periods, parse_count(value));
    if (key == "nr_throttled") return store(throttling.throttled_periods, parse_count(value));
    if (key == "throttled_time") return store(throttling.throttled_time, parse_count(value));
    if (key == "nr_bursts") return store(burst.periods, parse_count(value));
    if (key == "burst_time") return store(burst.time, parse_count(value));
    return true;
  });
  if (!good) return Parsed::malformed;
  CpuStats& cpu = into.cpu();
  cpu.throttling = throttling;
  if (burst.periods || burst.time) cpu.burst = burst;
  return Parsed::good;
}

constexpr StatFile cpu[] = {{"cpu.stat", StatMask::cpu_throttling, parse_throttling}};

constexpr StatFile cpuacct[] = {
    {"cpuacct.usage", StatMask::cpu_time, parse_single<&Filling::cpu_usage, &CpuUsage::total>},
    {"cpuacct.stat", StatMask::cpu_split, parse_stat},
    {"cpuacct.usage_percpu", StatMask::cpu_percpu, parse_percpu},
    {"cpuacct.usage_all", StatMask::cpu_percpu, parse_all},
};

}  // namespace

std::span<const StatFile> cpu_files() noexcept { return cpu; }
std::span<const StatFile> cpuacct_files() noexcept { return cpuacct; }

}  // namespace crunc::cgroups::v1
