// SPDX-License-Identifier: Apache-2.0
// PodCgroups: the cgroups of pods, of their containers and of who watches over these, as CRI-O's CgroupManager has
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/manager.hpp>
#include <crunc/cgroups/path.hpp>
#include <crunc/cgroups/stats_compat.hpp>
#include <crunc/cgroups/units.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

struct Mount;

/// The manager that a daemon has if its configuration names none.
inline constexpr std::string_view default_cgroup_manager = "systemd";

struct PodOptions {
  std::string prefix = "crio";                        ///< of the names: "crio-ID", "crio-conmon-ID"
  std::int64_t min_memory_bytes = 12L * 1024 * 1024;  ///< what a container needs to start, unless a call says another
  std::shared_ptr<UnitManager> units{};               ///< systemd: who makes the units, which it must have
  std::string service = "crio.service";  ///< systemd: whose end those of the monitors come before; or empty
  std::chrono::milliseconds timeout = std::chrono::minutes(6);  ///< systemd: how long a monitor's scope may take
};

/// Where a pod's sandbox goes.
struct SandboxPath {
  std::string parent{};  ///< the pod's cgroup: "/kubepods/pod1", "kubepods-pod1.slice"
  std::string path{};    ///< `linux.cgroupsPath` for the sandbox's bundle

  friend bool operator==(const SandboxPath&, const SandboxPath&) = default;
};

/// The cgroups around one container.
struct PodManagers {
  Manager pod;
  /// The container's own, and (crun) the one below it that crun has put its processes into.
  std::vector<Manager> container{};
};

/// Where the cgroups of pods are, by either driver: "cgroupfs", directories that are made here, or "systemd", whose
/// slices the pods are and whose scopes the containers are.
///
/// `parent` is the pod's cgroup, as a CRI's `cgroup_parent` has it. For cgroupfs it is a path, "/" in front or not;
/// empty is default_parent(). For systemd it is a slice, either bare, "kubepods-pod1.slice", or as a path,
/// "/kubepods.slice/kubepods-pod1.slice"; what an empty one means each call says. `id` is a container's or a sandbox'.
///
/// Errors: invalid_argument for a parent of the other driver, or none of any, with what to change; and for an id that
/// can be no part of a name. Beyond those, what Cgroup, Manager and UnitManager say.
/// @note CRI-O keeps a Manager for each id, on v1, since reading the mounts anew each time was slow. A Hierarchy has
///       them read, and a Manager of it costs next to nothing, so nothing is kept here, and nothing has to be
///       forgotten.
/// @threads safe
class CRUNC_API PodCgroups {
 public:
  /// By name, "systemd" or "cgroupfs". invalid_argument: another name, or systemd without `units`; the errors of
  /// UnitManager::root(), which is asked here, for a systemd that cannot be reached.
  [[nodiscard]] static Result<PodCgroups> make(std::string_view name, const Hierarchy& hierarchy,
                                               PodOptions options = {});

  /// "systemd", "cgroupfs".
  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] bool is_systemd() const noexcept { return driver_ == CgroupDriver::systemd; }
  [[nodiscard]] const PodOptions& options() const noexcept { return options_; }
  /// "/crio" (the prefix), "system.slice".
  [[nodiscard]] std::string default_parent() const;

  /// `linux.cgroupsPath` for a container's bundle: "/kubepods/pod1/crio-ID", "kubepods-pod1.slice:crio:ID".
  /// @note CRI-O puts a slice given as a path in front of the ':' as it is, which no runtime takes.
  [[nodiscard]] Result<std::string> container_path(std::string_view parent, std::string_view id) const;
  /// Where that is: "/kubepods/pod1/crio-ID", "/kubepods.slice/kubepods-pod1.slice/crio-ID.scope". Of a user's systemd
  /// it begins with the cgroup of that.
  /// @note CRI-O leaves a user's systemd out of account.
  [[nodiscard]] Result<CgroupPath> container_absolute_path(std::string_view parent, std::string_view id) const;
  /// Where a sandbox goes, if the pod's cgroup has no limit of memory below the minimum (verify_memory_is_enough()); it
  /// need not be there yet. With systemd and no parent both are empty: the runtime decides.
  /// @note CRI-O reads no limit of a slice that is given by its bare name, and for cgroupfs without a parent has a
  ///       relative path, though containers go to the default parent then; here both do.
  [[nodiscard]] Result<SandboxPath> sandbox_path(std::string_view parent, std::string_view id,
                                                 std::optional<std::int64_t> min_memory_bytes = std::nullopt) const;

  /// A container's cgroup; nothing is made. Devices are left alone.
  [[nodiscard]] Result<Manager> container(std::string_view parent, std::string_view id) const;
  /// The pod's cgroup, which is `parent` itself. invalid_argument without one: such a pod has no cgroup of its own.
  /// @note CRI-O with cgroupfs takes every parent for a slice and fails. With no parent it has the
  ///       cgroup of all pods of that kind.
  [[nodiscard]] Result<Manager> sandbox(std::string_view parent) const;
  /// Both. A container of crun has its processes, and what it was limited to, in "container" below its own cgroup.
  [[nodiscard]] Result<PodManagers> managers(std::string_view parent, std::string_view id) const;
  /// The cgroup "exec" for what is executed in a container, below where its processes are; v2 alone (unsupported). It
  /// is there after apply().
  /// @param cgroups_path  as container_path() has it
  [[nodiscard]] Result<Manager> exec(std::string_view cgroups_path) const;

  /// The numbers of a container, those of cgroups below included. A file that is bad, or not there, is zeros. Where
  /// crun has set a limit of memory or pids only below (managers()) it is that one.
  /// @errors cgroup_not_found
  [[nodiscard]] Result<crio::CgroupStats> container_stats(std::string_view parent, std::string_view id) const;
  /// Those of the pod, all of its containers. @errors as sandbox(), cgroup_not_found
  [[nodiscard]] Result<crio::CgroupStats> sandbox_stats(std::string_view parent) const;
  /// Processes of a container and what they have open. @errors cgroup_not_found
  /// @note CRI-O of a container of crun finds no process: it does not look below the cgroup
  [[nodiscard]] Result<crio::ProcessStats> container_processes(std::string_view parent, std::string_view id) const;
  [[nodiscard]] Result<crio::ProcessStats> sandbox_processes(std::string_view parent) const;

  /// Make the cgroup of a sandbox that has no process: "crio-ID" in the pod's, a directory with either driver, since a
  /// scope needs a process and a slice cannot have this name. On v1 its cpuset balances no load, from before it has
  /// cpus: else all others lose their isolation for a moment. Nothing is left of it if it fails. One that is there is
  /// success. With systemd and no parent nothing is done.
  /// @note CRI-O on v1 fails without a cpuset controller.
  [[nodiscard]] Result<void> create_sandbox(std::string_view parent, std::string_view id) const;
  /// Remove it. None is success.
  [[nodiscard]] Result<void> remove_sandbox(std::string_view parent, std::string_view id) const;

  /// Move the monitor of a container (conmon) to a cgroup of its own, which has the limits `resources.cpu`.
  ///
  /// For cgroupfs that is "crio-conmon-ID" in the pod's; `conmon_cgroup` is "pod" or empty. For systemd it is the scope
  /// "crio-conmon-ID.scope" in the pod's slice (empty parent: system.slice) or in `conmon_cgroup`, if that is a slice;
  /// SIGPIPE is what it is stopped with, which conmon ignores, so as to outlive its container at shutdown.
  ///
  /// If it fails the monitor is where it was, and nothing that was made is left.
  /// @return the cgroup to remove once the monitor has ended. With systemd there is none: the scope ends with its
  ///         process; but on v1 with `cpus` or `mems`, which systemd does not care for there, its cpuset.
  /// @errors invalid_argument for another `conmon_cgroup`, with what to change; system_error with ESRCH
  /// @note CRI-O: with cgroupfs moves nothing where there are no limits of CPU, and leaves the
  ///       directory behind if it fails; with systemd has names of properties that systemd does not know.
  [[nodiscard]] Result<std::optional<CgroupPath>> move_conmon(std::string_view id, std::string_view parent,
                                                              std::string_view conmon_cgroup, pid_t pid,
                                                              const oci::LinuxResources& resources = {}) const;

 private:
  PodCgroups(CgroupDriver driver, Hierarchy hierarchy, PodOptions options, CgroupPath root) noexcept;

  [[nodiscard]] Result<std::string> slice_of(std::string_view parent) const;
  [[nodiscard]] Result<CgroupPath> pod_path(std::string_view parent) const;
  [[nodiscard]] Result<CgroupPath> own_pod_path(std::string_view parent) const;
  [[nodiscard]] Result<CgroupPath> sandbox_directory(std::string_view parent, std::string_view id) const;
  [[nodiscard]] Result<void> verify_memory(const CgroupPath& pod, std::int64_t min_bytes) const;
  [[nodiscard]] Result<Manager> manager_at(const CgroupPath& path) const;
  [[nodiscard]] Result<Manager> manager_of_unit(std::string path) const;
  [[nodiscard]] Result<std::optional<CgroupPath>> move_to_directory(const CgroupPath& path, pid_t pid,
                                                                    const oci::LinuxResources& limits) const;
  [[nodiscard]] Result<std::optional<CgroupPath>> move_to_scope(const std::string& slice, const std::string& unit,
                                                                pid_t pid, const oci::LinuxResources& limits) const;
  [[nodiscard]] Result<std::optional<CgroupPath>> move_with_cpuset(const UnitRequest& request, const Mount& mount,
                                                                   const oci::Cpu& cpu) const;

  CgroupDriver driver_;
  Hierarchy hierarchy_;
  PodOptions options_;
  CgroupPath root_;  ///< that of systemd itself
};

/// invalid_argument if a limit of memory is below what a container needs to start. 0, or less, is no limit.
/// @note CRI-O takes -1, OCI's "no limit", for one that is too low.
[[nodiscard]] CRUNC_API Result<void> verify_memory_is_enough(std::int64_t limit_bytes, std::int64_t min_bytes);

/// A limit of memory, or all that the machine has if that is less.
/// @note CRI-O takes a unit that is not one byte, on 32-bit machines with much memory, for one.
[[nodiscard]] CRUNC_API std::uint64_t memory_limit_given_system(std::uint64_t limit_bytes);

/// Let a process join the cgroup of a container's process, in all hierarchies: so that a probe counts as the
/// container's. system_error with ESRCH: one of them is not there. cgroup_not_found: that of the container's process is
/// not to be seen from here.
/// @note CRI-O looks at /sys/fs/cgroup, whatever is mounted where, and leaves out named hierarchies.
[[nodiscard]] CRUNC_API Result<void> move_process_to_container(const Hierarchy& hierarchy, pid_t container_pid,
                                                               pid_t command_pid);

}  // namespace crunc::cgroups
