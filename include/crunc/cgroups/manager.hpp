// SPDX-License-Identifier: Apache-2.0
// Manager: a cgroup by its configuration, as libcontainer has it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>
#include <crunc/cgroups/plan.hpp>
#include <crunc/cgroups/stats.hpp>
#include <crunc/cgroups/units.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

/// Which cgroup, with which limits. It is named by `path`, or by `parent` and `name`.
struct ManagerConfig {
  CgroupDriver driver = CgroupDriver::cgroupfs;
  /// From the root of each hierarchy ("/a/b"), or relative ("a/b"): on v1 below this process' own cgroup in each
  /// hierarchy, on v2 beside it. The driver systemd: "slice:prefix:name", see OciCgroupsPath; no slice is
  /// "system.slice", or "user.slice" of a user's systemd.
  std::string path{};
  std::string parent{};  ///< with `name` a path as above; the driver systemd: the slice
  std::string name{};    ///< the driver systemd: "name" for name.scope, or a "name.slice", which has no parent
  oci::LinuxResources resources{};
  ConversionOptions conversion{};  ///< how resources become writes; `skip_devices`, too
  /// For who may lack permission: unless `path` is given, a controller that may not be had (EPERM, EACCES, EROFS) is
  /// left out, and devices that may not be set stay as they are.
  bool rootless = false;
  std::optional<uid_t> owner_uid{};  ///< v2: CreateOptions::delegate_to
  /// The driver systemd: who makes the units.
  std::shared_ptr<UnitManager> units{};
  /// The driver systemd: further properties of the unit, such as systemd_annotations() gives. Of two of one name the
  /// one here is taken.
  std::vector<UnitProperty> properties{};
};

/// One cgroup by its configuration: makes it, joins it, limits it, asks it, removes it. From apply() or set() on it
/// holds the cgroup as Cgroup does; before that each call takes what is there at that moment, `cgroup_not_found` if
/// there is none. The cgroup stays when it goes.
///
/// Errors are those of Cgroup, plan() and update().
/// @note libcontainer: goes by path always, and so acts upon whatever is there later.
/// @threads const calls: safe; others one at a time. After a move from it: destroy or assign only.
class CRUNC_API Manager {
 public:
  /// Nothing is made or opened. invalid_argument: both a path and a parent or name, or none, or one that is no path of
  /// a cgroup, or the driver systemd without `units`; controller_unavailable: devices are not mounted on v1, which is
  /// fatal but with `skip_devices`.
  /// @note libcontainer: cuts ".." from a path, which is refused here; looks at `resources`, which apply() does here.
  [[nodiscard]] static Result<Manager> make(const Hierarchy& hierarchy, ManagerConfig config);
  /// With the directories that paths() gave, or read_cgroup_paths(), whatever the config says: the cgroup is held if it
  /// is there. invalid_argument: one is not beneath the mount of its hierarchy, or there are none.
  [[nodiscard]] static Result<Manager> load(const Hierarchy& hierarchy, ManagerConfig config, CgroupPaths paths);

  Manager(Manager&& other) noexcept;
  Manager& operator=(Manager&& other) noexcept;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager();

  /// Make the cgroup, or open it where it is there; write those of its resources that must be in force before a process
  /// joins (PlanPart::before_join); let `pid` join. The others are for set(), with config().resources. If it fails
  /// after the cgroup was made, that stays for destroy().
  ///
  /// Fails unless all hierarchies of v1 can be had, and on v2 the controllers of its resources. Rootless: see
  /// left_out(); on v2, where it is all or nothing, it fails if resources ask for a controller.
  ///
  /// The driver systemd makes a scope, for which it needs `pid` (invalid_argument without), or a slice, with all
  /// resources that systemd knows in the same call; already_exists: there is such a scope. What systemd does not know
  /// is left to set().
  /// @note libcontainer: returns ErrRootless when it left something out; sets devices later; on v2 passes over
  ///       controllers that cannot be enabled, until a limit is set.
  [[nodiscard]] Result<void> apply(std::optional<pid_t> pid = std::nullopt);
  /// The controllers that apply() left out for want of permission; all of them when there is no cgroup at all.
  [[nodiscard]] ControllerSet left_out() const noexcept;

  /// Put resources in force, as update(); empty ones are nothing. What they do not name stays, and what they do is in
  /// config() if it succeeds. A limit of a controller that was left out is `controller_unavailable`, which names it.
  /// The driver systemd has them as properties of the unit first, and then in the files; a quota is rounded to what
  /// systemd_quota() gives.
  /// @note libcontainer: on v2 the new ones take the place of the old in its config, on v1 they are not in it; sets the
  ///       state of the freezer, too.
  [[nodiscard]] Result<void> set(const oci::LinuxResources& resources);

  /// Let a process join the cgroup (empty) or one that is below it, such as "a/b", in all hierarchies.
  /// invalid_argument: `sub` is no such path; cgroup_not_found: it is not there in each of them. The driver systemd
  /// asks systemd to move it, which may where the caller may not.
  /// @note libcontainer: "../x" passes where the cgroup's name is the beginning of x.
  [[nodiscard]] Result<void> add_process(std::string_view sub, pid_t pid);
  [[nodiscard]] Result<std::vector<pid_t>> pids() const;
  /// Those of the cgroups below, too.
  [[nodiscard]] Result<std::vector<pid_t>> all_pids() const;
  /// As read_stats(). Empty when everything was left out.
  /// @note libcontainer: on v1 the first error ends it; here and on v2 each is in Sample::errors.
  [[nodiscard]] Result<Sample> stats(StatMask mask = StatMask::standard) const;

  /// `frozen` or `thawed`; returns when it is so. invalid_argument: `freezing`.
  [[nodiscard]] Result<void> freeze(FreezerState state);
  /// Absent when there is no freezer, or no cgroup (any more): libcontainer's Undefined.
  [[nodiscard]] Result<std::optional<FreezerState>> freezer_state() const;
  /// How many processes the OOM killer has killed, on v2 those of the cgroups below included. Absent when the kernel
  /// does not count them (before 4.13), or there is no memory controller.
  /// @note libcontainer: 0 for that.
  [[nodiscard]] Result<std::optional<std::uint64_t>> oom_kill_count() const;

  /// As Cgroup::remove(), those below too; nothing happens when it is not there. From then on it is `cgroup_gone`,
  /// until apply() makes another. The driver systemd stops and resets the unit before.
  /// @note libcontainer: StopUnit of systemd ends the processes that are left, those of all units in a slice; here they
  ///       are `cgroup_busy` with either driver.
  [[nodiscard]] Result<void> destroy();
  [[nodiscard]] bool exists() const;

  /// Its directory in the hierarchy of a controller, on v2 the one that there is; absent where it has none.
  [[nodiscard]] std::optional<std::string> path(Controller controller) const;
  /// Its directories, be they made already or not.
  [[nodiscard]] const CgroupPaths& paths() const noexcept;
  /// As given, with the resources that were set since.
  [[nodiscard]] const ManagerConfig& config() const noexcept;
  /// The cgroup, for what is not here: events, killing.
  [[nodiscard]] Result<std::shared_ptr<const Cgroup>> cgroup() const;

 private:
  struct State;
  explicit Manager(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace crunc::cgroups
