// SPDX-License-Identifier: Apache-2.0
// The keys of an `events` line. Order and spelling are runc's (types/events.go); those after "ours" are libcontainer's
// names for what runc collects but does not print.
#pragma once

#include <crunc/stats.hpp>

#include "oci/fields.hpp"

namespace crunc::oci {

template <>
struct FieldsOf<PressureShare> {
  using T = PressureShare;
  using List = Fields<Field<"avg10", &T::avg10>, Field<"avg60", &T::avg60>, Field<"avg300", &T::avg300>,
                      Field<"total", &T::total>>;
};

template <>
struct FieldsOf<Pressure> {
  using T = Pressure;
  using List = Fields<Field<"some", &T::some>, Field<"full", &T::full>>;
};

template <>
struct FieldsOf<CpuUsage> {
  using T = CpuUsage;
  using List = Fields<Field<"total", &T::total>, Field<"percpu", &T::percpu>, Field<"percpu_kernel", &T::percpu_kernel>,
                      Field<"percpu_user", &T::percpu_user>, Field<"kernel", &T::kernel>, Field<"user", &T::user>>;
};

template <>
struct FieldsOf<CpuThrottling> {
  using T = CpuThrottling;
  using List = Fields<Field<"periods", &T::periods>, Field<"throttledPeriods", &T::throttled_periods>,
                      Field<"throttledTime", &T::throttled_time>>;
};

template <>
struct FieldsOf<CpuBurst> {
  using T = CpuBurst;
  using List = Fields<Field<"bursts_periods", &T::periods>, Field<"burst_time", &T::time>>;
};

template <>
struct FieldsOf<CpuStats> {
  using T = CpuStats;
  using List = Fields<Field<"usage", &T::usage>, Field<"throttling", &T::throttling>, Field<"psi", &T::psi>,
                      // ours
                      Field<"burst_data", &T::burst>>;
};

template <>
struct FieldsOf<CpusetStats> {
  using T = CpusetStats;
  using List =
      Fields<Field<"cpus", &T::cpus>, Field<"cpu_exclusive", &T::cpu_exclusive>, Field<"mems", &T::mems>,
             Field<"mem_hardwall", &T::mem_hardwall>, Field<"mem_exclusive", &T::mem_exclusive>,
             Field<"memory_migrate", &T::memory_migrate>, Field<"memory_spread_page", &T::memory_spread_page>,
             Field<"memory_spread_slab", &T::memory_spread_slab>, Field<"memory_pressure", &T::memory_pressure>,
             Field<"sched_load_balance", &T::sched_load_balance>,
             Field<"sched_relax_domain_level", &T::sched_relax_domain_level>>;
};

template <>
struct FieldsOf<MemoryEntry> {
  using T = MemoryEntry;
  using List = Fields<Field<"limit", &T::limit_bytes>, Field<"usage", &T::usage_bytes>, Field<"max", &T::max_bytes>,
                      Field<"failcnt", &T::failcnt>>;
};

template <>
struct FieldsOf<MemoryStats> {
  using T = MemoryStats;
  using List = Fields<Field<"cache", &T::cache_bytes>, Field<"usage", &T::usage>, Field<"swap", &T::swap>,
                      Field<"kernel", &T::kernel>, Field<"kernelTCP", &T::kernel_tcp>, Field<"raw", &T::raw>,
                      Field<"psi", &T::psi>,
                      // ours
                      Field<"swap_only_usage", &T::swap_only>>;
};

template <>
struct FieldsOf<PidsStats> {
  using T = PidsStats;
  using List = Fields<Field<"current", &T::current>, Field<"limit", &T::limit>>;
  /// runc prints no limit as 0, and omits zeros.
  static void settle(T& pids) noexcept {
    if (pids.limit == Limit(0)) pids.limit = Limit();
  }
};

template <>
struct FieldsOf<BlkioEntry> {
  using T = BlkioEntry;
  using List =
      Fields<Field<"major", &T::major>, Field<"minor", &T::minor>, Field<"op", &T::op>, Field<"value", &T::value>>;
};

template <>
struct FieldsOf<BlkioStats> {
  using T = BlkioStats;
  using List = Fields<Field<"ioServiceBytesRecursive", &T::service_bytes>, Field<"ioServicedRecursive", &T::serviced>,
                      Field<"ioQueueRecursive", &T::queued>, Field<"ioServiceTimeRecursive", &T::service_time>,
                      Field<"ioWaitTimeRecursive", &T::wait_time>, Field<"ioMergedRecursive", &T::merged>,
                      Field<"ioTimeRecursive", &T::time>, Field<"sectorsRecursive", &T::sectors>, Field<"psi", &T::psi>,
                      // ours
                      Field<"io_cost_usage", &T::cost_usage>, Field<"io_cost_wait", &T::cost_wait>,
                      Field<"io_cost_indebt", &T::cost_indebt>, Field<"io_cost_indelay", &T::cost_indelay>>;
};

template <>
struct FieldsOf<HugetlbEntry> {
  using T = HugetlbEntry;
  using List = Fields<Field<"usage", &T::usage_bytes>, Field<"max", &T::max_bytes>, Field<"failcnt", &T::failcnt>>;
};

template <>
struct FieldsOf<L3CacheInfo> {
  using T = L3CacheInfo;
  using List = Fields<Field<"cbm_mask", &T::cbm_mask>, Field<"min_cbm_bits", &T::min_cbm_bits>,
                      Field<"num_closids", &T::num_closids>>;
};

template <>
struct FieldsOf<MemoryBandwidthInfo> {
  using T = MemoryBandwidthInfo;
  using List = Fields<Field<"bandwidth_gran", &T::bandwidth_gran>, Field<"delay_linear", &T::delay_linear>,
                      Field<"min_bandwidth", &T::min_bandwidth>, Field<"num_closids", &T::num_closids>>;
};

template <>
struct FieldsOf<MemoryBandwidthCount> {
  using T = MemoryBandwidthCount;
  using List = Fields<Field<"mbm_total_bytes", &T::total_bytes>, Field<"mbm_local_bytes", &T::local_bytes>>;
};

template <>
struct FieldsOf<CacheOccupancy> {
  using List = Fields<Field<"llc_occupancy", &CacheOccupancy::llc_bytes>>;
};

template <>
struct FieldsOf<IntelRdtStats> {
  using T = IntelRdtStats;
  using List =
      Fields<Field<"l3_cache_info", &T::l3_cache_info>, Field<"l3_cache_schema_root", &T::l3_cache_schema_root>,
             Field<"l3_cache_schema", &T::l3_cache_schema>, Field<"mem_bw_info", &T::mem_bw_info>,
             Field<"mem_bw_schema_root", &T::mem_bw_schema_root>, Field<"mem_bw_schema", &T::mem_bw_schema>,
             Field<"schemata", &T::schemata>, Field<"mbm_stats", &T::mbm_stats>, Field<"cmt_stats", &T::cmt_stats>>;
};

template <>
struct FieldsOf<NetworkInterface> {
  using T = NetworkInterface;
  using List =
      Fields<Field<"Name", &T::name, Written::always>, Field<"RxBytes", &T::rx_bytes>,
             Field<"RxPackets", &T::rx_packets>, Field<"RxErrors", &T::rx_errors>, Field<"RxDropped", &T::rx_dropped>,
             Field<"TxBytes", &T::tx_bytes>, Field<"TxPackets", &T::tx_packets>, Field<"TxErrors", &T::tx_errors>,
             Field<"TxDropped", &T::tx_dropped>>;
};

template <>
struct FieldsOf<RdmaEntry> {
  using T = RdmaEntry;
  using List =
      Fields<Field<"device", &T::device>, Field<"hca_handles", &T::hca_handles>, Field<"hca_objects", &T::hca_objects>>;
};

template <>
struct FieldsOf<RdmaStats> {
  using T = RdmaStats;
  using List = Fields<Field<"rdma_limit", &T::limit>, Field<"rdma_current", &T::current>>;
};

template <>
struct FieldsOf<MiscEntry> {
  using T = MiscEntry;
  using List = Fields<Field<"usage", &T::usage>, Field<"events", &T::events>>;
};

template <>
struct FieldsOf<Stats> {
  using T = Stats;
  using List =
      Fields<Field<"cpu", &T::cpu>, Field<"cpuset", &T::cpuset>, Field<"memory", &T::memory>, Field<"pids", &T::pids>,
             Field<"blkio", &T::blkio>, Field<"hugetlb", &T::hugetlb, Written::always>,
             Field<"intel_rdt", &T::intel_rdt>, Field<"network_interfaces", &T::network_interfaces, Written::always>,
             // ours
             Field<"rdma_stats", &T::rdma>, Field<"misc_stats", &T::misc>>;
};

}  // namespace crunc::oci
