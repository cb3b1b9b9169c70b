// SPDX-License-Identifier: Apache-2.0
// From statistics to what is shown of them.

#include "view/usage.hpp"

#include <algorithm>
#include <string_view>

namespace crunc::cli {
namespace {

std::optional<double> some_avg10(const std::optional<Pressure>& pressure) {
  return pressure && pressure->some ? pressure->some->avg10 : std::nullopt;
}

std::optional<std::uint64_t> bytes_of(const std::optional<BlkioStats>& blkio, std::string_view op) {
  if (!blkio) return std::nullopt;
  std::uint64_t sum = 0;
  for (const BlkioEntry& entry : blkio->service_bytes) {
    if (entry.op == op) sum += entry.value;
  }
  return sum;
}

std::optional<std::uint64_t> oom_kills_of(const cgroups::SampleDetails& details) {
  if (details.memory_events) return details.memory_events->oom_kill;
  return details.oom_control ? details.oom_control->oom_kill : std::nullopt;
}

}  // namespace

Usage usage_of(const Stats& stats, const cgroups::SampleDetails& details, std::chrono::steady_clock::time_point at) {
  Usage usage{.at = at};
  if (stats.cpu && stats.cpu->usage && stats.cpu->usage->total)
    usage.cpu_nanoseconds = stats.cpu->usage->total->count();
  if (stats.memory && stats.memory->usage) {
    usage.memory_bytes = stats.memory->usage->usage_bytes;
    if (stats.memory->usage->limit_bytes) usage.memory_limit_bytes = stats.memory->usage->limit_bytes->number();
  }
  usage.read_bytes = bytes_of(stats.blkio, "Read");
  usage.written_bytes = bytes_of(stats.blkio, "Write");
  if (stats.pids) usage.pids = stats.pids->current;
  if (stats.cpu) usage.cpu_pressure = some_avg10(stats.cpu->psi);
  if (stats.memory) usage.memory_pressure = some_avg10(stats.memory->psi);
  if (stats.blkio) usage.io_pressure = some_avg10(stats.blkio->psi);
  usage.oom_kills = oom_kills_of(details);
  return usage;
}

std::optional<double> per_second(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now,
                                 std::chrono::steady_clock::duration between) {
  if (!before || !now || *now < *before || between <= between.zero()) return std::nullopt;
  return static_cast<double>(*now - *before) / std::chrono::duration<double>(between).count();
}

Rates rates(const Usage& before, const Usage& now) {
  const auto between = now.at - before.at;
  constexpr double percent_of_a_second = 1e-9 * 100;
  Rates result;
  if (const auto cpu = per_second(before.cpu_nanoseconds, now.cpu_nanoseconds, between))
    result.cpu_percent = *cpu * percent_of_a_second;
  result.read_bytes_per_second = per_second(before.read_bytes, now.read_bytes, between);
  result.written_bytes_per_second = per_second(before.written_bytes, now.written_bytes, between);
  return result;
}

std::optional<double> memory_percent(const Usage& usage) {
  if (!usage.memory_bytes || usage.memory_limit_bytes.value_or(0) == 0) return std::nullopt;
  return 100 * static_cast<double>(*usage.memory_bytes) / static_cast<double>(*usage.memory_limit_bytes);
}

std::optional<double> highest_pressure(const Usage& usage) {
  return std::max({usage.cpu_pressure, usage.memory_pressure, usage.io_pressure});
}

}  // namespace crunc::cli
