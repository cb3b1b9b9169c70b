// SPDX-License-Identifier: Apache-2.0
// What a container uses: Stats, and the Event that carries them. Plain data, the same struct whether a runtime's
// `events` printed it or it was read from the cgroup.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <crunc/config.hpp>
#include <crunc/limit.hpp>

namespace crunc {

/// Time on a CPU. Unsigned 64 bits, as the kernel counts it.
using CpuTime = std::chrono::duration<std::uint64_t, std::nano>;
/// Time in which tasks waited for a resource.
using StallTime = std::chrono::duration<std::uint64_t, std::micro>;
/// Members that have no place in a struct, each with its value as JSON text on one line.
using ExtraMembers = std::map<std::string, std::string>;

// In all that follows: what was not printed, or has no file in the cgroup, is absent and never zero. runc omits most of
// its zeros, so with it an absent counter next to present ones may be taken as zero. The key that `events` uses is
// named where it differs; "ours" marks what runc does not print, with libcontainer's key.

/// Pressure stall information: the share of time in which some or all tasks waited. @source kernel accounting/psi.rst
struct PressureShare {
  std::optional<double> avg10{};   ///< percent of the last 10 s
  std::optional<double> avg60{};   ///< percent of the last 60 s
  std::optional<double> avg300{};  ///< percent of the last 300 s
  std::optional<StallTime> total{};
  ExtraMembers extra{};
  bool operator==(const PressureShare&) const = default;
};

/// runc prints it since 1.2, on cgroup v2.
struct Pressure {
  std::optional<PressureShare> some{};  ///< at least one task waited
  std::optional<PressureShare> full{};  ///< all tasks waited
  ExtraMembers extra{};
  bool operator==(const Pressure&) const = default;
};

struct CpuUsage {
  std::optional<CpuTime> total{};
  std::vector<CpuTime> percpu{};         ///< v1, an element for each CPU
  std::vector<CpuTime> percpu_kernel{};  ///< v1
  std::vector<CpuTime> percpu_user{};    ///< v1
  std::optional<CpuTime> kernel{};       ///< v1: in ticks of 10 ms
  std::optional<CpuTime> user{};         ///< v1: in ticks of 10 ms
  ExtraMembers extra{};
  bool operator==(const CpuUsage&) const = default;
};

struct CpuThrottling {
  std::optional<std::uint64_t> periods{};            ///< that have passed
  std::optional<std::uint64_t> throttled_periods{};  ///< in which the quota was used up; `throttledPeriods`
  std::optional<CpuTime> throttled_time{};           ///< `throttledTime`
  ExtraMembers extra{};
  bool operator==(const CpuThrottling&) const = default;
};

struct CpuBurst {
  std::optional<std::uint64_t> periods{};  ///< with a burst; `bursts_periods`
  std::optional<CpuTime> time{};           ///< above the quota; `burst_time`
  ExtraMembers extra{};
  bool operator==(const CpuBurst&) const = default;
};

struct CpuStats {
  std::optional<CpuUsage> usage{};            ///< runc >= 1.4 omits it when all is zero
  std::optional<CpuThrottling> throttling{};  ///< runc >= 1.4 omits it when all is zero
  std::optional<Pressure> psi{};
  std::optional<CpuBurst> burst{};  ///< ours: `burst_data`
  ExtraMembers extra{};
  bool operator==(const CpuStats&) const = default;
};

/// v1's cpuset; on v2 runc prints all of it as zero. @source cgroup-v1/cpusets.rst
struct CpusetStats {
  std::vector<std::uint32_t> cpus{};
  std::optional<std::uint64_t> cpu_exclusive{};
  std::vector<std::uint32_t> mems{};
  std::optional<std::uint64_t> mem_hardwall{};
  std::optional<std::uint64_t> mem_exclusive{};
  std::optional<std::uint64_t> memory_migrate{};
  std::optional<std::uint64_t> memory_spread_page{};
  std::optional<std::uint64_t> memory_spread_slab{};
  std::optional<std::uint64_t> memory_pressure{};
  std::optional<std::uint64_t> sched_load_balance{};
  std::optional<std::int64_t> sched_relax_domain_level{};  ///< -1: the system's default
  ExtraMembers extra{};
  bool operator==(const CpusetStats&) const = default;
};

struct MemoryEntry {
  std::optional<Limit> limit_bytes{};          ///< `limit`
  std::optional<std::uint64_t> usage_bytes{};  ///< `usage`
  std::optional<std::uint64_t> max_bytes{};    ///< the highest usage ever; `max`
  std::optional<std::uint64_t> failcnt{};      ///< how often the limit was hit; v2 always 0
  ExtraMembers extra{};
  bool operator==(const MemoryEntry&) const = default;
};

struct MemoryStats {
  std::optional<std::uint64_t> cache_bytes{};  ///< page cache; `cache`
  std::optional<MemoryEntry> usage{};
  std::optional<MemoryEntry> swap{};                        ///< memory and swap together, on v1 and v2
  std::optional<MemoryEntry> kernel{};                      ///< v1; on v2 runc prints a limit of 0
  std::optional<MemoryEntry> kernel_tcp{};                  ///< v1; on v2 runc prints a limit of 0; `kernelTCP`
  std::map<std::string, std::uint64_t, std::less<>> raw{};  ///< memory.stat as it is; keys differ between v1 and v2
  std::optional<Pressure> psi{};
  std::optional<MemoryEntry> swap_only{};  ///< ours: swap without memory; `swap_only_usage`
  ExtraMembers extra{};
  bool operator==(const MemoryStats&) const = default;
};

struct PidsStats {
  std::optional<std::uint64_t> current{};
  Limit limit{};  ///< an absent or 0 `limit` is runc's way to print none
  ExtraMembers extra{};
  bool operator==(const PidsStats&) const = default;
};

/// One row of a block IO list. What is not printed of it is zero or empty: the row itself says that it was counted.
struct BlkioEntry {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::string op{};  ///< "Read", "Write", "Sync", "Async", "Discard", "Total", or empty
  std::uint64_t value = 0;
  ExtraMembers extra{};
  bool operator==(const BlkioEntry&) const = default;
};

/// Block IO. v2 has service_bytes and serviced only. @source cgroup-v1/blkio-controller.rst
struct BlkioStats {
  std::vector<BlkioEntry> service_bytes{};  ///< bytes; `ioServiceBytesRecursive`
  std::vector<BlkioEntry> serviced{};       ///< operations; `ioServicedRecursive`
  std::vector<BlkioEntry> queued{};         ///< operations; `ioQueueRecursive`
  std::vector<BlkioEntry> service_time{};   ///< ns; `ioServiceTimeRecursive`
  std::vector<BlkioEntry> wait_time{};      ///< ns; `ioWaitTimeRecursive`
  std::vector<BlkioEntry> merged{};         ///< operations; `ioMergedRecursive`
  std::vector<BlkioEntry> time{};           ///< ms of the device; `ioTimeRecursive`
  std::vector<BlkioEntry> sectors{};        ///< of 512 bytes; `sectorsRecursive`
  std::optional<Pressure> psi{};
  std::vector<BlkioEntry> cost_usage{};    ///< ours: microseconds of the iocost model; `io_cost_usage`
  std::vector<BlkioEntry> cost_wait{};     ///< ours: microseconds; `io_cost_wait`
  std::vector<BlkioEntry> cost_indebt{};   ///< ours: microseconds; `io_cost_indebt`
  std::vector<BlkioEntry> cost_indelay{};  ///< ours: microseconds; `io_cost_indelay`
  ExtraMembers extra{};
  bool operator==(const BlkioStats&) const = default;
};

/// Huge pages of one size. Where the kernel has the `rsvd` files it is reservations that are counted, as in runc.
struct HugetlbEntry {
  std::optional<std::uint64_t> usage_bytes{};  ///< `usage`
  std::optional<std::uint64_t> max_bytes{};    ///< the highest usage ever, v1; `max`
  std::optional<std::uint64_t> failcnt{};      ///< how often the limit was hit
  ExtraMembers extra{};
  bool operator==(const HugetlbEntry&) const = default;
};

/// What the CPU's cache allocation can do. @source kernel x86/resctrl.rst, info/L3
struct L3CacheInfo {
  std::string cbm_mask{};  ///< hexadecimal
  std::optional<std::uint64_t> min_cbm_bits{};
  std::optional<std::uint64_t> num_closids{};
  ExtraMembers extra{};
  bool operator==(const L3CacheInfo&) const = default;
};

/// What the CPU's memory bandwidth allocation can do. @source kernel x86/resctrl.rst, info/MB
struct MemoryBandwidthInfo {
  std::optional<std::uint64_t> bandwidth_gran{};  ///< percent
  std::optional<std::uint64_t> delay_linear{};
  std::optional<std::uint64_t> min_bandwidth{};  ///< percent
  std::optional<std::uint64_t> num_closids{};
  ExtraMembers extra{};
  bool operator==(const MemoryBandwidthInfo&) const = default;
};

/// Memory bandwidth of one NUMA node.
struct MemoryBandwidthCount {
  std::optional<std::uint64_t> total_bytes{};  ///< `mbm_total_bytes`
  std::optional<std::uint64_t> local_bytes{};  ///< `mbm_local_bytes`
  ExtraMembers extra{};
  bool operator==(const MemoryBandwidthCount&) const = default;
};

/// Last level cache in use of one NUMA node.
struct CacheOccupancy {
  std::optional<std::uint64_t> llc_bytes{};  ///< `llc_occupancy`
  ExtraMembers extra{};
  bool operator==(const CacheOccupancy&) const = default;
};

/// Intel's resource director. Texts are empty when absent.
struct IntelRdtStats {
  std::optional<L3CacheInfo> l3_cache_info{};
  std::string l3_cache_schema_root{};
  std::string l3_cache_schema{};
  std::optional<MemoryBandwidthInfo> mem_bw_info{};
  std::string mem_bw_schema_root{};
  std::string mem_bw_schema{};
  std::vector<std::string> schemata{};                           ///< runc >= 1.5
  std::optional<std::vector<MemoryBandwidthCount>> mbm_stats{};  ///< an element for each NUMA node
  std::optional<std::vector<CacheOccupancy>> cmt_stats{};        ///< an element for each NUMA node
  ExtraMembers extra{};
  bool operator==(const IntelRdtStats&) const = default;
};

/// One network interface as the container sees it. Its keys start with capitals: `Name`, `RxBytes`, ...
struct NetworkInterface {
  std::string name{};
  std::optional<std::uint64_t> rx_bytes{};
  std::optional<std::uint64_t> rx_packets{};
  std::optional<std::uint64_t> rx_errors{};
  std::optional<std::uint64_t> rx_dropped{};
  std::optional<std::uint64_t> tx_bytes{};
  std::optional<std::uint64_t> tx_packets{};
  std::optional<std::uint64_t> tx_errors{};
  std::optional<std::uint64_t> tx_dropped{};
  ExtraMembers extra{};
  bool operator==(const NetworkInterface&) const = default;
};

/// Handles and objects of one RDMA device.
struct RdmaEntry {
  std::string device{};
  std::optional<Limit> hca_handles{};
  std::optional<Limit> hca_objects{};
  ExtraMembers extra{};
  bool operator==(const RdmaEntry&) const = default;
};

struct RdmaStats {
  std::vector<RdmaEntry> limit{};    ///< `rdma_limit`
  std::vector<RdmaEntry> current{};  ///< `rdma_current`
  ExtraMembers extra{};
  bool operator==(const RdmaStats&) const = default;
};

/// One resource of the misc controller, such as "sev".
struct MiscEntry {
  std::optional<std::uint64_t> usage{};
  std::optional<std::uint64_t> events{};  ///< how often the limit was hit
  ExtraMembers extra{};
  bool operator==(const MiscEntry&) const = default;
};

/// One sample. @source runc types/events.go; runc 1.1.5 on v1 and v2 (recorded in fixtures/recorded)
struct Stats {
  std::optional<CpuStats> cpu{};
  std::optional<CpusetStats> cpuset{};
  std::optional<MemoryStats> memory{};
  std::optional<PidsStats> pids{};
  std::optional<BlkioStats> blkio{};
  std::map<std::string, HugetlbEntry, std::less<>> hugetlb{};  ///< by page size, such as "2MB"
  std::optional<IntelRdtStats> intel_rdt{};
  std::optional<std::vector<NetworkInterface>> network_interfaces{};  ///< runc prints null when it manages none
  std::optional<RdmaStats> rdma{};                                    ///< ours: `rdma_stats`
  std::map<std::string, MiscEntry, std::less<>> misc{};               ///< ours: `misc_stats`
  ExtraMembers extra{};
  bool operator==(const Stats&) const = default;
};

enum class EventType : std::uint8_t {
  stats,  ///< a sample
  oom,    ///< the kernel's OOM killer was at work; v2: also each later change of memory.events
  other   ///< one that the runtime defines for itself: Event::type_text has its name
};

/// One line of `events`.
struct Event {
  EventType type = EventType::other;
  std::string type_text{};       ///< the type as printed
  std::string id{};              ///< the container's
  std::optional<Stats> stats{};  ///< `data` of a stats or oom event; that of others is in `extra`
  ExtraMembers extra{};
  bool operator==(const Event&) const = default;
};

/// The runtime's word for it: "stats".
[[nodiscard]] CRUNC_API const char* to_string(EventType type) noexcept;

}  // namespace crunc
