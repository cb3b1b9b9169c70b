// SPDX-License-Identifier: Apache-2.0
// Absent numbers as the zeros that other shapes want.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <crunc/cgroups/stats_compat.hpp>
#include <crunc/stats.hpp>

namespace crunc::cgroups::compat {

[[nodiscard]] inline std::uint64_t number(const std::optional<std::uint64_t>& value) noexcept {
  return value.value_or(0);
}
[[nodiscard]] inline std::uint64_t number(const std::optional<Limit>& limit) noexcept {
  return limit ? limit->printed() : 0;
}
template <class Period>
[[nodiscard]] std::uint64_t number(const std::optional<std::chrono::duration<std::uint64_t, Period>>& time) noexcept {
  return time ? time->count() : 0;
}
[[nodiscard]] inline std::uint64_t microseconds(const std::optional<CpuTime>& time) noexcept {
  return number(time) / 1000;
}
[[nodiscard]] inline std::uint32_t number32(const std::optional<Limit>& limit) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number(limit), UINT32_MAX));
}
/// As counted, 0 for no limit.
[[nodiscard]] inline std::uint64_t number_or_zero(const Limit& limit) noexcept { return limit.number().value_or(0); }

[[nodiscard]] containerd_v1::RdmaStat convert_rdma(const RdmaStats& rdma);

/// A key of memory.stat.
[[nodiscard]] inline std::uint64_t raw(const MemoryStats& memory, std::string_view key) {
  const auto found = memory.raw.find(key);
  return found != memory.raw.end() ? found->second : 0;
}

}  // namespace crunc::cgroups::compat
