// SPDX-License-Identifier: Apache-2.0
// What of a container's statistics is shown, and the rates that two samples give. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <crunc/cgroups/stats.hpp>
#include <crunc/stats.hpp>

namespace crunc::cli {

/// Counters and levels at one moment. What was not told is absent.
struct Usage {
  std::chrono::steady_clock::time_point at{};
  std::optional<std::uint64_t> cpu_nanoseconds{};
  std::optional<std::uint64_t> memory_bytes{};
  std::optional<std::uint64_t> memory_limit_bytes{};  ///< absent also when there is none
  std::optional<std::uint64_t> read_bytes{};
  std::optional<std::uint64_t> written_bytes{};
  std::optional<std::uint64_t> pids{};
  std::optional<double> cpu_pressure{};  ///< percent of the last 10 s in which some task waited
  std::optional<double> memory_pressure{};
  std::optional<double> io_pressure{};
  std::optional<std::uint64_t> oom_kills{};
};

/// What happened between two samples. Absent without two of them.
struct Rates {
  std::optional<double> cpu_percent{};  ///< of one CPU
  std::optional<double> read_bytes_per_second{};
  std::optional<double> written_bytes_per_second{};
};

[[nodiscard]] Usage usage_of(const Stats& stats, const cgroups::SampleDetails& details,
                             std::chrono::steady_clock::time_point at);

/// The growth of a counter in a second; nothing if it went back, as one does that was begun anew.
[[nodiscard]] std::optional<double> per_second(const std::optional<std::uint64_t>& before,
                                               const std::optional<std::uint64_t>& now,
                                               std::chrono::steady_clock::duration between);
[[nodiscard]] Rates rates(const Usage& before, const Usage& now);

[[nodiscard]] std::optional<double> memory_percent(const Usage& usage);
/// The highest of the three.
[[nodiscard]] std::optional<double> highest_pressure(const Usage& usage);

}  // namespace crunc::cli
