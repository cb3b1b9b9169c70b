// SPDX-License-Identifier: Apache-2.0
// Units of systemd: what the driver systemd asks of one, and the properties that resources are.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/plan.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

/// The value of a property, each alternative being one type of D-Bus.
using PropertyValue = std::variant<bool,                                                 ///< b
                                   std::int32_t,                                         ///< i
                                   std::uint32_t,                                        ///< u
                                   std::int64_t,                                         ///< x
                                   std::uint64_t,                                        ///< t
                                   double,                                               ///< d
                                   std::string,                                          ///< s
                                   std::vector<std::uint8_t>,                            ///< ay
                                   std::vector<std::uint32_t>,                           ///< au
                                   std::vector<std::string>,                             ///< as
                                   std::vector<std::pair<std::string, std::string>>,     ///< a(ss)
                                   std::vector<std::pair<std::string, std::uint64_t>>>;  ///< a(st)

/// A property of a unit, such as MemoryMax.
struct UnitProperty {
  std::string name{};
  PropertyValue value{};
  /// Where it comes from: the JSON Pointer in the resources. Empty for what is none of them.
  std::string field{};
  /// A systemd that does not know it is asked again without: what it would limit is written to the cgroup's files, too.
  bool is_optional = false;

  friend bool operator==(const UnitProperty&, const UnitProperty&) = default;
};

/// What systemd writes for no limit.
inline constexpr std::uint64_t no_property_limit = UINT64_MAX;

/// The properties of systemd that put resources in force, for StartTransientUnit and SetUnitProperties. Nothing is
/// asked or touched. What systemd has no property for (huge pages, rdma, burst, realtime, idle before 252 or of 0) is
/// left to plan(), and so are weights and rates of single devices: of a partition or a device mapper's systemd would
/// take the disk beneath.
///
/// An absent or zero value is as in plan(), but what is in force is not known here: a quota comes with its period
/// (without: 100000 us), a swap with the limit of memory that it includes. A quota becomes CPU time per second, rounded
/// up to whole percents as the older systemd keeps them: see systemd_quota(), which is what belongs into the file.
/// Every name is there once, but DeviceAllow, whose first one is empty and clears what was allowed.
///
/// Devices: what systemd cannot say of them (`*:3`, rules that take devices out of others, before 240 a major alone) is
/// more than the rules on v2, where the program of plan() denies what is too much, and less on v1, where systemd writes
/// over what plan() wrote. No rules are no properties: devices stay as they are.
///
/// `unified` is a map of v2's files: those that have a property become one, over what other fields made. Values are
/// read as the kernel does, decimal numbers only. On v1 a file that has a property is Errc::unsupported.
/// @param unified  whether the machine is on cgroup v2 alone: the names are others (MemoryMax, not MemoryLimit)
/// @param version  systemd's, such as 252: what a version does not know is left out
/// @return the errors of plan() for a cgroup of which nothing is known: invalid_argument with the JSON Pointer of what
///         cannot be right, unsupported
/// @source org.freedesktop.systemd1(5); systemd.resource-control(5); libcontainer systemd/common.go, v1.go, v2.go
/// @note libcontainer: sends no IOWeight on v2; takes a period alone as "no quota", so that an update of the period
///       ends the quota at systemd's next reload; of rules that deny by exception it allows no device at all, on v2,
///       too
[[nodiscard]] CRUNC_API Result<std::vector<UnitProperty>> to_systemd(const oci::LinuxResources& resources, bool unified,
                                                                     unsigned version,
                                                                     const ConversionOptions& options = {});

/// The quota in microseconds that systemd makes of one: rounded up to a whole percent of the period (0: 100000), so
/// that what we write and what systemd writes at its next reload are the same. What is not above 0 stays.
[[nodiscard]] CRUNC_API std::int64_t systemd_quota(std::int64_t quota, std::uint64_t period) noexcept;

/// The properties in a bundle's annotations `org.systemd.property.NAME`, in their order. A name is of letters, at least
/// three; a value is a GVariant's text: `true`, `'text'`, `uint64 5`, `['a', 'b']`. It has a type of PropertyValue, of
/// arrays ay, au or as. A name that ends in "Sec" behind a small letter becomes one in "USec", with its value, any
/// number, in microseconds. Other annotations are passed over. invalid_argument names the annotation.
/// @source runc docs/systemd.md, "Auxiliary properties"
/// @note runc: a name of "Sec" alone is a panic; seconds that are negative or too many wrap around
[[nodiscard]] CRUNC_API Result<std::vector<UnitProperty>> systemd_annotations(
    const std::vector<std::pair<std::string, std::string>>& annotations);

/// A unit to be made, which lives until its last process has ended or it is stopped (scope), or it is stopped (slice).
struct UnitRequest {
  std::string name{};         ///< "crio-abc.scope", "machine-a.slice"
  std::string slice{};        ///< of a scope: the slice that it goes to; a slice's own is in its name
  std::string description{};  ///< for people, in `systemctl status`
  std::vector<pid_t> pids{};  ///< of a scope: its first processes, at least one
  bool delegate = true;       ///< of a scope: the cgroups below it are the caller's. No slice can be delegated.
  std::vector<UnitProperty> properties{};
  std::chrono::milliseconds timeout = std::chrono::seconds(30);  ///< until systemd says that it is done
};

/// How a unit is.
struct UnitState {
  std::string load_state{};     ///< "loaded", "not-found", "masked", ...
  std::string active_state{};   ///< "active", "inactive", "failed", "activating", ...
  std::string sub_state{};      ///< "running", "dead", ...
  std::string result{};         ///< of a scope: "success", "oom-kill", "timeout", ...; empty for a slice
  std::string control_group{};  ///< its path on the hierarchy of systemd, "/a.slice/b.scope"; empty if it has none now

  [[nodiscard]] bool is_loaded() const noexcept { return load_state == "loaded"; }
  [[nodiscard]] bool is_active() const noexcept { return active_state == "active"; }
  [[nodiscard]] bool has_failed() const noexcept { return active_state == "failed"; }
};

/// Who makes units: systemd itself (Systemd in <crunc/cgroups/systemd.hpp>, the component `systemd`), or whatever a
/// test or another process in its place puts here.
///
/// Every call waits for the answer. Errors: cgroup_not_found, there is no such unit; already_exists; invalid_argument
/// and unsupported with systemd's own words; timed_out; system_error (EACCES: not permitted, ESRCH: no such process,
/// ENOTCONN: systemd cannot be reached).
/// @threads safe, one call after the other
class CRUNC_API UnitManager {
 public:
  UnitManager() = default;
  UnitManager(const UnitManager&) = delete;
  UnitManager& operator=(const UnitManager&) = delete;
  virtual ~UnitManager();

  /// systemd's version, 252.
  [[nodiscard]] virtual Result<unsigned> version() = 0;
  /// The cgroup of systemd itself, beneath which its slices are: "" for that of the machine,
  /// "/user.slice/user-1000.slice/user@1000.service" for a user's.
  [[nodiscard]] virtual Result<std::string> root() = 0;
  /// Make a transient unit and wait until it is active. A unit of this name that has failed is reset, once, and then
  /// made. already_exists: it is there and has not failed (a slice that is there is success, with the properties set).
  /// If the job fails or its time is up, the unit is reset, and nothing of it is left but what systemd could not end.
  [[nodiscard]] virtual Result<void> start(const UnitRequest& request) = 0;
  /// Stop a unit, its processes with it (SIGTERM, then SIGKILL as its TimeoutStopUSec says), wait until it has, and
  /// reset it if it has failed. No such unit is success.
  [[nodiscard]] virtual Result<void> stop(std::string_view unit, std::chrono::milliseconds timeout) = 0;
  /// Forget that a unit has failed, so that its name is free. No such unit is success.
  [[nodiscard]] virtual Result<void> reset_failed(std::string_view unit) = 0;
  /// Change properties until the next boot.
  [[nodiscard]] virtual Result<void> set(std::string_view unit, const std::vector<UnitProperty>& properties) = 0;
  /// Let processes join a unit (empty `below`), or a cgroup below it such as "a/b" that is there. For who may not write
  /// cgroup.procs himself.
  [[nodiscard]] virtual Result<void> attach(std::string_view unit, std::string_view below,
                                            const std::vector<pid_t>& pids) = 0;
  /// How a unit is; of one that is not there `load_state` is "not-found".
  [[nodiscard]] virtual Result<UnitState> state(std::string_view unit) = 0;
};

}  // namespace crunc::cgroups
