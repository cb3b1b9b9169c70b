// SPDX-License-Identifier: Apache-2.0
// What the parts of to_systemd() share: for whom the properties are, and the list as it grows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <crunc/cgroups/units.hpp>

namespace crunc::cgroups::systemd {

/// The systemd that gets the properties.
struct Target {
  bool unified;
  unsigned version;
  const ConversionOptions& options;
};

/// Each name once: what comes later is in the place of what came before.
class PropertyList {
 public:
  /// Adds a limit that plan() writes into a file as well.
  void put(std::string name, PropertyValue value, std::string field);
  /// Adds a part of a property that is given in parts.
  void add(UnitProperty part) { properties_.push_back(std::move(part)); }
  [[nodiscard]] std::vector<UnitProperty> take() && { return std::move(properties_); }

 private:
  std::vector<UnitProperty> properties_;
};

/// CPU time in microseconds for each second, in whole percents of a processor; for a quota below 0 no limit.
[[nodiscard]] std::uint64_t cpu_time_per_second(std::int64_t quota, std::uint64_t period) noexcept;

/// CPUQuotaPerSecUSec and CPUQuotaPeriodUSec of what is given, 0 being not given.
void add_quota(PropertyList& list, const Target& target, std::int64_t quota, std::uint64_t period,
               const std::string& quota_field, const std::string& period_field);

/// A list of processors or memory nodes as AllowedCPUs has it: bit i of byte i / 8. Nothing for what the kernel would
/// not take on any machine.
/// @source kernel lib/bitmap.c bitmap_parselist()
[[nodiscard]] std::optional<std::vector<std::uint8_t>> number_mask(std::string_view list);

/// DevicePolicy and DeviceAllow.
[[nodiscard]] Result<void> add_devices(PropertyList& list, const Target& target, const oci::LinuxResources& resources);

/// What of the map of v2's files has a property.
[[nodiscard]] Result<void> add_unified(PropertyList& list, const Target& target, const oci::LinuxResources& resources);

}  // namespace crunc::cgroups::systemd
