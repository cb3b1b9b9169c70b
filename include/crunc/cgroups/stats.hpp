// SPDX-License-Identifier: Apache-2.0
// What a cgroup uses, read from its files: the same Stats that a runtime's `events` prints, and what it leaves out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/directories.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/limit.hpp>
#include <crunc/stats.hpp>

namespace crunc::cgroups {

/// What is to be read: each bit costs the files it names (v1 / v2). A file that is read is read whole, so on v2, where
/// cpu.stat has all of it, each of the first three bits gives all three.
enum class StatMask : std::uint32_t {
  none = 0,
  cpu_time = 1U << 0,           ///< cpuacct.usage / cpu.stat
  cpu_split = 1U << 1,          ///< cpuacct.stat / cpu.stat: user and kernel
  cpu_throttling = 1U << 2,     ///< cpu.stat / cpu.stat: throttling and bursts
  cpu_percpu = 1U << 3,         ///< cpuacct.usage_percpu, cpuacct.usage_all / none
  cpuset = 1U << 4,             ///< eleven files / none
  memory = 1U << 5,             ///< usage and limit
  memory_stat = 1U << 6,        ///< memory.stat, the costliest but one
  memory_peak = 1U << 7,        ///< the highest usage, and on v1 failcnt
  memory_swap = 1U << 8,        ///< memory.memsw.* / memory.swap.*
  memory_kernel = 1U << 9,      ///< memory.kmem.*, memory.kmem.tcp.* / none
  memory_numa = 1U << 10,       ///< memory.numa_stat
  memory_events = 1U << 11,     ///< memory.oom_control / memory.events
  memory_hierarchy = 1U << 12,  ///< memory.use_hierarchy / none
  pids = 1U << 13,              ///< pids.current; v2 without the controller: the lines of cgroup.procs
  pids_limit = 1U << 14,        ///< pids.max
  io = 1U << 15,                ///< blkio.* / io.stat
  hugetlb = 1U << 16,           ///< up to six files for each page size
  rdma = 1U << 17,
  misc = 1U << 18,      ///< v2
  pressure = 1U << 19,  ///< {cpu,memory,io}.pressure, also of a hybrid host's unified directory
  cri = cpu_time | memory | memory_stat | pids,  ///< what a CRI is asked for; five files
  /// What most callers want.
  standard = cpu_time | cpu_split | cpu_throttling | memory | memory_stat | memory_peak | memory_swap | memory_events |
             pids | pids_limit | io | pressure,
  /// What runc prints.
  runc = cpu_time | cpu_split | cpu_throttling | cpu_percpu | cpuset | memory | memory_stat | memory_peak |
         memory_swap | memory_kernel | pids | pids_limit | io | hugetlb,
  all = (1U << 20) - 1
};

[[nodiscard]] constexpr StatMask operator|(StatMask a, StatMask b) noexcept {
  return static_cast<StatMask>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr StatMask operator&(StatMask a, StatMask b) noexcept {
  return static_cast<StatMask>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
/// The bits of `a` that `b` does not have.
[[nodiscard]] constexpr StatMask operator-(StatMask a, StatMask b) noexcept {
  return static_cast<StatMask>(static_cast<std::uint32_t>(a) & ~static_cast<std::uint32_t>(b));
}

/// memory.events of v2: how often it happened since the cgroup was made, its descendants included.
struct MemoryEventCounts {
  std::optional<std::uint64_t> low{};  ///< reclaimed although below memory.low
  std::optional<std::uint64_t> high{};
  std::optional<std::uint64_t> max{};
  std::optional<std::uint64_t> oom{};             ///< at the limit and nothing to reclaim; not each is a kill
  std::optional<std::uint64_t> oom_kill{};        ///< processes killed
  std::optional<std::uint64_t> oom_group_kill{};  ///< 5.17
  bool operator==(const MemoryEventCounts&) const = default;
};

/// memory.oom_control of v1.
struct OomControl {
  std::optional<bool> kill_disabled{};      ///< at the limit processes wait, none is killed
  std::optional<bool> under_oom{};          ///< some wait now
  std::optional<std::uint64_t> oom_kill{};  ///< processes killed, of this cgroup alone; 4.13
  bool operator==(const OomControl&) const = default;
};

/// A row of memory.numa_stat: pages on v1, bytes on v2.
struct NumaCount {
  std::optional<std::uint64_t> total{};  ///< v1
  std::map<std::uint32_t, std::uint64_t> nodes{};
  bool operator==(const NumaCount&) const = default;
};

/// Huge pages of one size without regard to reservations; what is in Stats counts those, where it can.
struct HugetlbUse {
  std::optional<std::uint64_t> usage_bytes{};
  std::optional<std::uint64_t> max_bytes{};  ///< the highest usage ever, v1
  std::optional<Limit> limit_bytes{};
  std::optional<std::uint64_t> failcnt{};
  bool operator==(const HugetlbUse&) const = default;
};

/// What has no place in Stats.
struct SampleDetails {
  std::optional<MemoryEventCounts> memory_events{};
  std::optional<OomControl> oom_control{};
  std::optional<bool> use_hierarchy{};                          ///< v1; absent: yes, as newer kernels have it
  std::map<std::string, NumaCount, std::less<>> memory_numa{};  ///< by the row's own name, such as "hierarchical_anon"
  std::map<std::string, HugetlbUse, std::less<>> hugetlb{};     ///< by page size
  bool operator==(const SampleDetails&) const = default;
};

/// A file that could not be read or understood.
struct StatError {
  std::string file{};  ///< "memory.stat"; a controller's name when its whole directory is gone
  /// malformed_output, cgroup_gone, or system_error with the errno.
  Error error{};
};

/// One reading. What has no file is absent; what has a bad one is absent, too, and is named in `errors`.
struct Sample {
  std::chrono::system_clock::time_point read_at{};
  ControllerSet on_v2{};  ///< those whose files were v2's
  Stats stats{};
  SampleDetails details{};
  std::vector<StatError> errors{};
};

/// Read a cgroup once: each file is opened, read by one pread(2), and closed.
///
/// One bad file costs nothing but itself. On a hybrid host each controller is read where it is, pressure from the
/// unified directory.
/// @errors cgroup_gone: none of the directories is there any more; if nothing at all could be read, the first
///         file's error (system_error, malformed_output)
/// @threads may be called by several at once
/// @note   containerd/cgroups: one bad row loses all metrics (containerd/cgroups#393); here it loses itself.
[[nodiscard]] CRUNC_API Result<Sample> read_stats(const Directories& directories, StatMask mask = StatMask::standard);

}  // namespace crunc::cgroups
