// SPDX-License-Identifier: Apache-2.0
// From OCI resources to the writes that put them in force, without touching a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/devices.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/limit.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

/// How cpu.shares of v1 become cpu.weight of v2.
enum class CpuWeightFormula {
  quadratic,  ///< 1024 shares are a weight of 100, both being the defaults
  linear      ///< the older one, by which 1024 shares are a weight of 39
};

/// What becomes of a limit that the cgroup version at hand has no file for, such as swappiness on v2.
enum class OnMissing {
  ignore,  ///< as runc
  error    ///< Errc::unsupported, as crun
};

/// What a pids limit of 0 means.
enum class ZeroPids {
  one,  ///< a limit of one task, since systemd takes no 0
  keep  ///< nothing is written
};

/// The policies in which the runtimes differ. The defaults are those of today's runc.
struct ConversionOptions {
  CpuWeightFormula cpu_weight = CpuWeightFormula::quadratic;
  ZeroPids zero_pids = ZeroPids::one;
  OnMissing on_missing = OnMissing::ignore;
  /// Leave devices alone, as for the cgroup of a pod.
  bool skip_devices = false;

  friend bool operator==(const ConversionOptions&, const ConversionOptions&) = default;
};

/// The options with which `plan` writes what this runtime would.
/// @param name     "runc" or "crun"; of any other the defaults
/// @param version  such as "1.1.5+ds1"; one that cannot be read counts as new
/// @source cpu weight: runc 1.3.2, crun 1.23; pids: runc 1.4.0
[[nodiscard]] CRUNC_API ConversionOptions conversion_options_of(std::string_view name, std::string_view version);

/// Where the controllers of a cgroup are.
struct Placement {
  ControllerSet v1{};    ///< those with a directory on v1
  ControllerSet v2{};    ///< those whose files are in its directory on v2
  bool unified = false;  ///< there is a directory on v2, with or without controllers

  /// Every controller on v1, and no v2.
  [[nodiscard]] static Placement legacy() noexcept { return {ControllerSet::all(), {}, false}; }
  /// Every controller on v2.
  [[nodiscard]] static Placement pure_v2() noexcept { return {{}, ControllerSet::all(), true}; }
};

/// What is in force, where that decides about order, or about right and wrong. What is absent is not known.
struct CurrentLimits {
  std::optional<Limit> memory_limit{};                ///< memory.limit_in_bytes or memory.max
  std::optional<Limit> memory_swap_limit{};           ///< v1: memory and swap together
  std::optional<std::uint64_t> memory_usage_bytes{};  ///< memory.usage_in_bytes or memory.current
  std::optional<std::uint64_t> swap_usage_bytes{};    ///< memory.swap.current; v2 only
  std::optional<Limit> cpu_quota_us{};
  std::optional<std::uint64_t> cpu_period_us{};
  std::optional<std::uint64_t> cpu_burst_us{};
  std::optional<bool> cpu_idle{};
  /// The one of blkio.weight, blkio.bfq.weight, io.weight and io.bfq.weight that is there.
  std::optional<std::string> io_weight_file{};
  /// The sizes of huge pages that the kernel has, as in "2MB".
  std::optional<std::vector<std::string>> hugepage_sizes{};
  std::optional<DeviceRules> devices{};  ///< v1: devices.list
  bool cpuset_without_prefix = false;    ///< v1 mounted with noprefix: `cpus` in place of `cpuset.cpus`
  bool in_user_namespace = false;        ///< where devices cannot be set: their rules are left out
};

/// What a failed write means.
struct FailurePolicy {
  bool ignore_missing = false;  ///< ENOENT is as good as written
  /// EINVAL may be for a value that is still to be written: try again after those of the same controller.
  bool retry_invalid = false;
  friend bool operator==(const FailurePolicy&, const FailurePolicy&) = default;
};

/// One write(2) to one file.
struct FileWrite {
  /// In whose directory; absent: the one on v2, for files of no controller that is known here.
  std::optional<Controller> controller{};
  std::string file{};   ///< one component
  std::string value{};  ///< without a newline
  std::string field{};  ///< the JSON Pointer in the resources that it comes from
  FailurePolicy on_failure{};
  /// To be written before a process joins, for without it the kernel refuses the process, or the value afterwards. All
  /// others may be written before that, too, and then nothing escapes them.
  bool before_join = false;
  friend bool operator==(const FileWrite&, const FileWrite&) = default;
};

/// What puts resources in force, in order.
struct Plan {
  std::vector<FileWrite> writes{};
  std::optional<DeviceProgram> device_program{};  ///< v2: to be attached before the writes
  bool device_program_is_optional = false;        ///< EPERM when it is attached is no failure
  std::optional<DeviceRules> devices{};           ///< v1: what devices.list must tell afterwards
};

/// The writes that put resources in force in a cgroup.
///
/// 0 is the same as absent where runc has it so: cpu shares, quota, period and realtime; memory limit, reservation and
/// swap; weights; classID. Kernel memory limits and useHierarchy are taken and not written, as new kernels ignore them.
/// An `extra` is not looked at. Of cpu quota and period the one that is not given stays as it is.
/// @param current  what is in force; of what is not known a new cgroup's is assumed
/// @return Errc::invalid_argument with the JSON Pointer of what cannot be right, Errc::unsupported for what this
///         version has no file for, Errc::controller_unavailable for a limit whose controller is nowhere, and
///         Errc::cgroup_busy (EBUSY) for a limit below what is in use, where checkBeforeUpdate asks for it
/// @note runc: cpu shares beyond 2 to 262144 are refused after they were written, here before
[[nodiscard]] CRUNC_API Result<Plan> plan(const oci::LinuxResources& resources, const Placement& placement,
                                          const ConversionOptions& options = {}, const CurrentLimits& current = {});

/// cpu.weight, 1 to 10000, of cpu.shares; 0 for 0, which is unset. What is beyond 2 to 262144 counts as the end of it.
/// @source opencontainers/cgroups 0.0.4 utils.go; before that 1 + (shares - 2) * 9999 / 262142
/// @note containerd/cgroups, runc: the linear formula wraps around for 1 and leaves the range above 262144
[[nodiscard]] CRUNC_API std::uint64_t cpu_weight_from_shares(std::uint64_t shares, CpuWeightFormula formula) noexcept;

/// io.weight, 1 to 10000, of blkio.weight, 10 to 1000; 0 for 0, which is unset. io.bfq.weight takes the latter as it
/// is.
/// @note containerd/cgroups: reckons in 16 bits (100 gives 49), and writes the result into io.bfq.weight
[[nodiscard]] CRUNC_API std::uint64_t io_weight_from_blkio(std::uint16_t weight) noexcept;

/// memory.swap.max of a limit of memory and one of memory and swap together, 0 being not given and -1 no limit.
/// @return nothing when there is nothing to write; Errc::invalid_argument for a swap without a limit or below it
/// @note containerd/cgroups: subtracts whatever there is, so that -1 gives a negative number
[[nodiscard]] CRUNC_API Result<std::optional<Limit>> swap_max(std::int64_t memory, std::int64_t swap);

/// The sizes of huge pages by the names in /sys/kernel/mm/hugepages: "2MB" of "hugepages-2048kB". Nothing for another
/// name.
/// @source kernel mm/hugetlb_cgroup.c mem_fmt()
[[nodiscard]] CRUNC_API std::optional<std::string> hugepage_size(std::string_view directory_name);

}  // namespace crunc::cgroups
