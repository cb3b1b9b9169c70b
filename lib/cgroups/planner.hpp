// SPDX-License-Identifier: Apache-2.0
// What the controllers' halves of plan() share: the resources on one side, the writes on the other.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <crunc/cgroups/plan.hpp>

namespace crunc::cgroups {

/// The Error of a field of the resources, given by its JSON Pointer.
[[nodiscard]] Error field_error(Errc code, std::string_view field, std::string_view what);

/// Whether the kernel can have a file or device of this name: 1 to 255 bytes, neither "." nor "..", no '/' and no
/// control characters.
[[nodiscard]] bool is_kernel_name(std::string_view name);

/// `limit` as v2 has it: "max" or a number.
[[nodiscard]] std::string to_text(const Limit& limit);

/// The letters of a DeviceAccess, such as "rwm".
[[nodiscard]] std::string access_text(std::uint8_t access);

/// "major:minor" of a device; invalid_argument when they cannot be numbers of one.
[[nodiscard]] Result<std::string> device_number(std::int64_t major, std::int64_t minor, const std::string& field);

/// One plan as it grows. Each controller has a function of its own that takes it.
struct Planner {
  const oci::LinuxResources& resources;
  const Placement& placement;
  const ConversionOptions& options;
  const CurrentLimits& current;
  Plan plan{};

  void add(FileWrite write) { plan.writes.push_back(std::move(write)); }

  /// What is to become of a field that this version has no file for.
  [[nodiscard]] Result<void> missing(std::string_view field, std::string_view why) const;

  /// The policy for a file that some kernels lack.
  [[nodiscard]] FailurePolicy may_be_missing() const noexcept {
    return {.ignore_missing = options.on_missing == OnMissing::ignore};
  }
};

namespace v1 {
[[nodiscard]] Result<void> plan_cpu(Planner& planner);
[[nodiscard]] Result<void> plan_cpuset(Planner& planner);
[[nodiscard]] Result<void> plan_devices(Planner& planner);
[[nodiscard]] Result<void> plan_io(Planner& planner);
[[nodiscard]] Result<void> plan_memory(Planner& planner);
[[nodiscard]] Result<void> plan_network(Planner& planner);
}  // namespace v1

namespace v2 {
[[nodiscard]] Result<void> plan_cpu(Planner& planner);
[[nodiscard]] Result<void> plan_cpuset(Planner& planner);
[[nodiscard]] Result<void> plan_devices(Planner& planner);
[[nodiscard]] Result<void> plan_io(Planner& planner);
[[nodiscard]] Result<void> plan_memory(Planner& planner);
[[nodiscard]] Result<void> plan_network(Planner& planner);
/// The map of files and values, as they are.
[[nodiscard]] Result<void> plan_unified(Planner& planner);
}  // namespace v2

// The same on both versions, but for names.
[[nodiscard]] Result<void> plan_hugetlb(Planner& planner);
[[nodiscard]] Result<void> plan_pids(Planner& planner);
[[nodiscard]] Result<void> plan_rdma(Planner& planner);

/// What can be seen to be wrong with the cpu's times on either version.
[[nodiscard]] Result<void> check_cpu(const Planner& planner);
/// What can be seen to be wrong with a list of processors or memory nodes.
[[nodiscard]] Result<void> check_list(const std::string& list, std::string_view field);
/// What can be seen to be wrong with the memory's limits on either version.
[[nodiscard]] Result<void> check_memory(const Planner& planner);
/// A blkio weight of the OCI's range; 0 is unset.
[[nodiscard]] Result<void> check_io_weight(std::uint16_t weight, const std::string& field);

/// The lists of rates, in the order in which they are written.
struct ThrottleList {
  std::vector<oci::BlockIoDeviceThrottle> oci::BlockIo::*list;
  std::string_view field;
  std::string_view v1_file;
  std::string_view v2_key;
};
extern const ThrottleList throttle_lists[4];

/// Calls `each` with "major:minor", the rate and the list that it is in.
template <class Each>
Result<void> for_each_throttle(const oci::BlockIo& io, Each&& each) {
  for (const ThrottleList& kind : throttle_lists) {
    const auto& list = io.*kind.list;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string field = "/blockIO/" + std::string(kind.field) + "/" + std::to_string(i);
      const Result<std::string> device = device_number(list[i].major, list[i].minor, field);
      if (!device) return device.error();
      if (!list[i].rate) return field_error(Errc::invalid_argument, field + "/rate", "is missing");
      each(kind, *device, *list[i].rate, field);
    }
  }
  return {};
}

}  // namespace crunc::cgroups
