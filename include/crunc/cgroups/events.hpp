// SPDX-License-Identifier: Apache-2.0
// What happens to a cgroup: processes killed for want of memory, memory and pressure past a threshold, the last process
// gone. Each is a Watch: poll its descriptor and read(), or wait(), or async_wait().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <crunc/cgroups/directories.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/stats.hpp>
#include <crunc/watch.hpp>

namespace crunc::cgroups {

/// What happened to a cgroup's memory since the last time that it was asked. Counts are of what is new.
struct MemoryEvent {
  std::uint64_t oom_kills = 0;        ///< processes that the kernel killed for want of memory
  std::uint64_t oom_group_kills = 0;  ///< v2: whole cgroups, by memory.oom.group
  std::uint64_t ooms = 0;             ///< how often the limit was hit with nothing to reclaim; not each is a kill
  std::uint64_t max = 0;              ///< v2: how often the limit was reached
  std::uint64_t high = 0;             ///< v2: how often memory.high was exceeded
  std::uint64_t low = 0;              ///< v2: how often memory was taken in spite of memory.low
  bool under_oom = false;  ///< v1 with the killer turned off: processes came to wait for memory, until somebody acts
  bool emptied = false;    ///< its last process has ended, also if it was removed at once; not told on v1 without a
                           ///< unified directory
  bool removed = false;    ///< the cgroup is gone: nothing more will come
  bool operator==(const MemoryEvent&) const = default;
};

struct MemoryEventOptions {
  /// v2: only what concerns the cgroup itself, not those below it. v1 counts kills so in any case.
  bool local = false;
  /// Let every count end a wait. Otherwise a wait ends with kills, `under_oom`, `emptied` and `removed` only; what else
  /// was counted comes along with those.
  bool every_count = false;
  /// Begin with what was counted since the cgroup was made, for one that was running already when nobody watched.
  bool since_creation = false;
};

/// Kills by the OOM killer and the like, each told once: as differences of the kernel's own counter, from the moment
/// that open() returns. Neither a wake that the kernel has left out nor one too many changes the sum.
///
/// The kernel counts before it kills. So who learns of a process' end by other means, and then calls read(), has the
/// kill that ended it. On its own the news comes within 10 ms on v2, and on v1 as soon as the killer is done.
///
/// systemd removes a scope together with its last process, and the counter with it. What was not read by then is taken
/// from the kernel's log (since Linux 5.0; CAP_SYSLOG; directories with logged_path()), which has ten kills in five
/// seconds at most of the whole machine.
///
/// It holds 3 descriptors on v2, 4 on v1 and 5 on a hybrid host, and all of a process share one of the log. No inotify
/// instance is used, of which a user has few.
/// @note runc tells an OOM at each change of memory.events once there was a kill; containerd has told of failed
///       reclaims that killed nothing. Both miss a kill whose counter went with its scope.
/// @source kernel admin-guide/cgroup-v2.rst memory.events; cgroup-v1/memory.rst 10. OOM Control
class CRUNC_API MemoryEvents : public Watch<MemoryEvent> {
 public:
  /// @errors controller_unavailable: no memory controller; unsupported: a kernel without notifications on v1;
  ///         cgroup_gone, system_error
  [[nodiscard]] static Result<MemoryEvents> open(const Directories& directories,
                                                 const MemoryEventOptions& options = {});

 private:
  using Watch::Watch;
};

/// What v1 tells of a threshold or of pressure.
struct MemoryNotice {
  std::uint64_t times = 0;  ///< since the last time
  bool removed = false;     ///< the cgroup is gone: nothing more will come
  bool operator==(const MemoryNotice&) const = default;
};

enum class Counted : std::uint8_t { memory, memory_and_swap };
enum class PressureLevel : std::uint8_t { low, medium, critical };
/// Whose pressure is told, where cgroups lie below one another.
enum class PressureScope : std::uint8_t {
  standard,   ///< that of cgroups below, unless they have a listener of their own
  hierarchy,  ///< that of all cgroups below
  local       ///< that of the cgroup alone
};

/// Notifications of memory on v1. Three descriptors, with fd().
/// @source kernel cgroup-v1/memory.rst 9. Memory thresholds, 11. Memory Pressure
class CRUNC_API MemoryNotices : public Watch<MemoryNotice> {
 public:
  /// Tell each time that usage comes to pass `bytes`, upwards or downwards.
  /// @errors controller_unavailable, unsupported (on v2, where `PressureTrigger` and memory.high are for this, or
  ///         a kernel without it, or swap that is not counted), cgroup_gone, system_error
  [[nodiscard]] static Result<MemoryNotices> at_usage(const Directories& directories, std::uint64_t bytes,
                                                      Counted counted = Counted::memory);
  /// Tell when memory is hard to reclaim.
  /// @errors as at_usage()
  [[nodiscard]] static Result<MemoryNotices> at_pressure(const Directories& directories, PressureLevel level,
                                                         PressureScope scope = PressureScope::standard);

 private:
  using Watch::Watch;
};

enum class PressureResource : std::uint8_t { cpu, memory, io };
enum class PressureKind : std::uint8_t {
  some,  ///< at least one task waited
  full   ///< all tasks waited
};

/// When a PressureTrigger is to fire.
struct PressureThreshold {
  PressureResource resource = PressureResource::memory;
  PressureKind kind = PressureKind::some;
  std::chrono::microseconds stalled = std::chrono::milliseconds(150);  ///< so long within a window
  /// 500 ms to 10 s; without CAP_SYS_RESOURCE a multiple of 2 s.
  std::chrono::microseconds window = std::chrono::seconds(2);
};

struct PressureEvent {
  bool fired = false;    ///< the threshold was passed
  bool removed = false;  ///< the cgroup is gone: nothing more will come
  Pressure pressure{};   ///< how it stands now
};

/// Fires when tasks have waited too long for a resource; at most once in each window. One descriptor.
///
/// poll(2) itself takes the event: a loop of one's own that was woken with POLLPRI has it, and read() then says how the
/// pressure stands. wait() and async_wait() return with `fired`.
/// @source kernel accounting/psi.rst, Monitoring for pressure thresholds
class CRUNC_API PressureTrigger : public Watch<PressureEvent> {
 public:
  /// @errors invalid_argument: the kernel does not take the threshold; unsupported: no unified directory, or pressure
  ///         is not counted; cgroup_gone, system_error
  [[nodiscard]] static Result<PressureTrigger> open(const Directories& directories,
                                                    const PressureThreshold& threshold = {});
  /// Of the whole machine.
  [[nodiscard]] static Result<PressureTrigger> open_system(const PressureThreshold& threshold = {});

 private:
  using Watch::Watch;
};

struct PopulatedEvent {
  bool populated = false;  ///< there is a process, here or below
  bool frozen = false;
  bool changed = false;  ///< either, since the last time
  bool removed =
      false;  ///< the cgroup is gone: nothing more will come. `changed` says whether it had a process last time
  bool operator==(const PopulatedEvent&) const = default;
};

/// Tells when the last process of a cgroup has ended, when the first has come, and when it is frozen or thawed. One
/// descriptor. Needs cgroup v2, be it the unified directory of a hybrid host.
/// @source kernel admin-guide/cgroup-v2.rst, cgroup.events
class CRUNC_API PopulatedEvents : public Watch<PopulatedEvent> {
 public:
  /// @errors unsupported: no unified directory, or a root, which has no such file; cgroup_gone, system_error
  [[nodiscard]] static Result<PopulatedEvents> open(const Directories& directories);

 private:
  using Watch::Watch;
};

}  // namespace crunc::cgroups
