// SPDX-License-Identifier: Apache-2.0
// A Sample in the shapes of others: runc's `events`, containerd's Metrics of v1 and v2, CRI-O's CgroupStats. Their
// members have the names of the original. What a Sample lacks is 0 here, or missing where the original can say so.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/stats.hpp>
#include <crunc/config.hpp>
#include <crunc/stats.hpp>

namespace crunc::cgroups {

/// The event that `runc events` prints of the same numbers: as runc 1.1 does, without what it does not know, and with
/// its zeros for what v2 does not have. Read with StatMask::runc.
/// @note runc wraps around where memory has no limit and swap has one; here that is no limit
[[nodiscard]] CRUNC_API Event to_runc_event(const Sample& sample, std::string id);

/// That event as the line which runc prints, without its newline.
[[nodiscard]] CRUNC_API std::string to_runc_line(const Sample& sample, std::string id);

/// github.com/containerd/cgroups/cgroup1/stats: the message Metrics.
namespace containerd_v1 {

struct HugetlbStat {
  std::uint64_t usage = 0;
  std::uint64_t max = 0;
  std::uint64_t failcnt = 0;
  std::string pagesize{};
};
struct PidsStat {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;  ///< 0: none
};
struct CPUUsage {
  std::uint64_t total = 0;  ///< nanoseconds, as all of them
  std::uint64_t kernel = 0;
  std::uint64_t user = 0;
  std::vector<std::uint64_t> per_cpu{};
};
struct Throttle {
  std::uint64_t periods = 0;
  std::uint64_t throttled_periods = 0;
  std::uint64_t throttled_time = 0;  ///< nanoseconds
};
struct CPUStat {
  CPUUsage usage{};
  Throttle throttling{};
};
struct MemoryEntry {
  std::uint64_t limit = 0;
  std::uint64_t usage = 0;
  std::uint64_t max = 0;
  std::uint64_t failcnt = 0;
};
struct MemoryStat {
  std::uint64_t cache = 0;
  std::uint64_t rss = 0;
  std::uint64_t rss_huge = 0;
  std::uint64_t mapped_file = 0;
  std::uint64_t dirty = 0;
  std::uint64_t writeback = 0;
  std::uint64_t pg_pg_in = 0;
  std::uint64_t pg_pg_out = 0;
  std::uint64_t pg_fault = 0;
  std::uint64_t pg_maj_fault = 0;
  std::uint64_t inactive_anon = 0;
  std::uint64_t active_anon = 0;
  std::uint64_t inactive_file = 0;
  std::uint64_t active_file = 0;
  std::uint64_t unevictable = 0;
  std::uint64_t hierarchical_memory_limit = 0;
  std::uint64_t hierarchical_swap_limit = 0;
  std::uint64_t total_cache = 0;
  std::uint64_t total_rss = 0;
  std::uint64_t total_rss_huge = 0;
  std::uint64_t total_mapped_file = 0;
  std::uint64_t total_dirty = 0;
  std::uint64_t total_writeback = 0;
  std::uint64_t total_pg_pg_in = 0;
  std::uint64_t total_pg_pg_out = 0;
  std::uint64_t total_pg_fault = 0;
  std::uint64_t total_pg_maj_fault = 0;
  std::uint64_t total_inactive_anon = 0;
  std::uint64_t total_active_anon = 0;
  std::uint64_t total_inactive_file = 0;
  std::uint64_t total_active_file = 0;
  std::uint64_t total_unevictable = 0;
  std::optional<MemoryEntry> usage{};
  std::optional<MemoryEntry> swap{};  ///< memory and swap
  std::optional<MemoryEntry> kernel{};
  std::optional<MemoryEntry> kernel_tcp{};
};
struct MemoryOomControl {
  std::uint64_t oom_kill_disable = 0;
  std::uint64_t under_oom = 0;
  std::uint64_t oom_kill = 0;
};
struct BlkIOEntry {
  std::string op{};
  std::string device{};  ///< see DeviceNames
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t value = 0;
};
struct BlkIOStat {
  std::vector<BlkIOEntry> io_service_bytes_recursive{};
  std::vector<BlkIOEntry> io_serviced_recursive{};
  std::vector<BlkIOEntry> io_queued_recursive{};
  std::vector<BlkIOEntry> io_service_time_recursive{};
  std::vector<BlkIOEntry> io_wait_time_recursive{};
  std::vector<BlkIOEntry> io_merged_recursive{};
  std::vector<BlkIOEntry> io_time_recursive{};
  std::vector<BlkIOEntry> sectors_recursive{};
};
struct RdmaEntry {
  std::string device{};
  std::uint32_t hca_handles = 0;  ///< UINT32_MAX: no limit
  std::uint32_t hca_objects = 0;  ///< UINT32_MAX: no limit
};
struct RdmaStat {
  std::vector<RdmaEntry> current{};
  std::vector<RdmaEntry> limit{};
};
/// `network` and `cgroup_stats` are left out: containerd/cgroups never fills them either.
struct Metrics {
  std::vector<HugetlbStat> hugetlb{};
  std::optional<PidsStat> pids{};
  std::optional<CPUStat> cpu{};
  std::optional<MemoryStat> memory{};
  std::optional<BlkIOStat> blkio{};
  std::optional<RdmaStat> rdma{};
  std::optional<MemoryOomControl> memory_oom_control{};
};

}  // namespace containerd_v1

/// github.com/containerd/cgroups/cgroup2/stats: the message Metrics.
namespace containerd_v2 {

using PidsStat = containerd_v1::PidsStat;  ///< but that no limit is UINT64_MAX
using RdmaEntry = containerd_v1::RdmaEntry;
using RdmaStat = containerd_v1::RdmaStat;

struct PSIData {
  double avg10 = 0;  ///< percent
  double avg60 = 0;
  double avg300 = 0;
  std::uint64_t total = 0;  ///< microseconds
};
struct PSIStats {
  std::optional<PSIData> some{};
  std::optional<PSIData> full{};
};
struct CPUStat {
  std::uint64_t usage_usec = 0;
  std::uint64_t user_usec = 0;
  std::uint64_t system_usec = 0;
  std::uint64_t nr_periods = 0;
  std::uint64_t nr_throttled = 0;
  std::uint64_t throttled_usec = 0;
  std::uint64_t nr_bursts = 0;
  std::uint64_t burst_usec = 0;
  std::optional<PSIStats> psi{};
};
struct MemoryStat {
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
  std::uint64_t kernel_stack = 0;
  std::uint64_t slab = 0;
  std::uint64_t sock = 0;
  std::uint64_t shmem = 0;
  std::uint64_t file_mapped = 0;
  std::uint64_t file_dirty = 0;
  std::uint64_t file_writeback = 0;
  std::uint64_t anon_thp = 0;
  std::uint64_t inactive_anon = 0;
  std::uint64_t active_anon = 0;
  std::uint64_t inactive_file = 0;
  std::uint64_t active_file = 0;
  std::uint64_t unevictable = 0;
  std::uint64_t slab_reclaimable = 0;
  std::uint64_t slab_unreclaimable = 0;
  std::uint64_t pgfault = 0;
  std::uint64_t pgmajfault = 0;
  std::uint64_t workingset_refault = 0;   ///< before 5.9
  std::uint64_t workingset_activate = 0;  ///< before 5.9
  std::uint64_t workingset_nodereclaim = 0;
  std::uint64_t pgrefill = 0;
  std::uint64_t pgscan = 0;
  std::uint64_t pgsteal = 0;
  std::uint64_t pgactivate = 0;
  std::uint64_t pgdeactivate = 0;
  std::uint64_t pglazyfree = 0;
  std::uint64_t pglazyfreed = 0;
  std::uint64_t thp_fault_alloc = 0;
  std::uint64_t thp_collapse_alloc = 0;
  std::uint64_t usage = 0;
  std::uint64_t usage_limit = 0;     ///< UINT64_MAX: none
  std::uint64_t swap_usage = 0;      ///< swap alone
  std::uint64_t swap_limit = 0;      ///< swap alone; UINT64_MAX: none
  std::uint64_t max_usage = 0;       ///< 5.19
  std::uint64_t swap_max_usage = 0;  ///< 6.5
  std::optional<PSIStats> psi{};
  std::uint64_t workingset_refault_anon = 0;
  std::uint64_t workingset_refault_file = 0;
  std::uint64_t workingset_activate_anon = 0;
  std::uint64_t workingset_activate_file = 0;
};
struct MemoryEvents {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t max = 0;
  std::uint64_t oom = 0;
  std::uint64_t oom_kill = 0;
  std::uint64_t oom_group_kill = 0;
};
struct IOEntry {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t rbytes = 0;
  std::uint64_t wbytes = 0;
  std::uint64_t rios = 0;
  std::uint64_t wios = 0;
};
struct IOStat {
  std::vector<IOEntry> usage{};
  std::optional<PSIStats> psi{};
};
struct HugeTlbStat {
  std::uint64_t current = 0;
  std::uint64_t max = 0;  ///< the limit; UINT64_MAX: none
  std::string pagesize{};
  std::uint64_t failcnt = 0;
};
/// `network` is left out: containerd/cgroups never fills it either.
struct Metrics {
  std::optional<PidsStat> pids{};
  std::optional<CPUStat> cpu{};
  std::optional<MemoryStat> memory{};
  std::optional<RdmaStat> rdma{};
  std::optional<IOStat> io{};
  std::vector<HugeTlbStat> hugetlb{};
  std::optional<MemoryEvents> memory_events{};
};

}  // namespace containerd_v2

/// github.com/cri-o/cri-o internal/config/cgmgr: CgroupStats, up to 1.34, and the ProcessStats that came after.
namespace crio {

struct MemoryStats {
  std::uint64_t usage = 0;
  std::uint64_t cache = 0;
  std::uint64_t limit = 0;  ///< as the kernel prints it, also where there is none
  std::uint64_t max_usage = 0;
  std::uint64_t working_set_bytes = 0;  ///< usage without inactive page cache
  std::uint64_t rss_bytes = 0;
  std::uint64_t page_faults = 0;
  std::uint64_t major_page_faults = 0;
  std::uint64_t available_bytes = 0;  ///< limit without the working set; 0 where there is no limit
  std::uint64_t kernel_usage = 0;
  std::uint64_t kernel_tcp_usage = 0;
  std::uint64_t swap_usage = 0;  ///< v1: memory and swap; v2: swap alone
  std::uint64_t swap_limit = 0;  ///< memory and swap
  std::uint64_t file_mapped = 0;
  std::uint64_t failcnt = 0;
};
struct CPUStats {
  std::uint64_t total_usage_nano = 0;
  std::vector<std::uint64_t> per_cpu_usage{};
  std::uint64_t usage_in_kernelmode = 0;
  std::uint64_t usage_in_usermode = 0;
  std::uint64_t throttling_active_periods = 0;
  std::uint64_t throttled_periods = 0;
  std::uint64_t throttled_time = 0;
};
struct HugetlbStats {
  std::uint64_t usage = 0;  ///< with what is reserved, where the kernel counts that
  std::uint64_t max = 0;    ///< the highest usage ever, v1
};
struct PidsStats {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;  ///< 0: none
};
struct CgroupStats {
  MemoryStats memory{};
  CPUStats cpu{};
  std::map<std::string, HugetlbStats> hugetlb{};  ///< by page size, such as "2MB"
  PidsStats pid{};
  std::int64_t system_nano = 0;  ///< when it was read, since 1970
};
struct ProcessStats {
  std::vector<pid_t> pids{};
  std::uint64_t file_descriptors = 0;
  std::uint64_t sockets = 0;  ///< of these
  std::uint64_t threads = 0;
  std::uint64_t threads_max = 0;   ///< 0: no limit
  std::uint64_t ulimits_soft = 0;  ///< of open files
};

}  // namespace crio

/// The name of a block device, such as "sda"; empty for one that has none.
using DeviceNames = std::function<std::string(std::uint64_t major, std::uint64_t minor)>;

/// The names in /proc/partitions as it stands now. Read it seldom: the kernel is slow with it.
/// @errors system_error
[[nodiscard]] CRUNC_API Result<DeviceNames> read_device_names();

/// What containerd's Metrics of v1 would be. Where several files count block IO, libcontainer's choice is taken.
[[nodiscard]] CRUNC_API containerd_v1::Metrics to_containerd_v1(const Sample& sample, const DeviceNames& names = {});
/// What containerd's Metrics of v2 would be. Of a `pids` limit "none" is UINT64_MAX here.
[[nodiscard]] CRUNC_API containerd_v2::Metrics to_containerd_v2(const Sample& sample);
/// @note CRI-O on v1 takes the kernel's number for "no limit" for one, and on v2 swap goes below zero where it is not
///       counted; here `available_bytes` and `swap_usage` are 0 then.
[[nodiscard]] CRUNC_API crio::CgroupStats to_crio(const Sample& sample);

}  // namespace crunc::cgroups
