// SPDX-License-Identifier: Apache-2.0
// Cgroup: one cgroup in all its hierarchies, held by descriptor.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/signal.hpp>

namespace crunc::cgroups {

class Directory;
struct Held;

/// The directories of a cgroup on the host, by hierarchy: a controller of v1 by its name ("memory", "blkio"), a named
/// hierarchy as "name=systemd", cgroup v2 as "". What runc's state.json has as `cgroup_paths`.
using CgroupPaths = std::map<std::string, std::string>;

struct CreateOptions {
  ControllerSet required{};                     ///< create() fails unless the cgroup has these
  ControllerSet wanted = ControllerSet::all();  ///< those it may have beyond them, as far as they can be had
  mode_t mode = 0755;                           ///< of each directory that is made; the umask applies
  std::optional<uid_t> delegate_to{};           ///< v2: this user may manage the cgroup, see create()
};

struct RemoveOptions {
  bool recursive = true;                                        ///< the cgroups below go with it
  std::chrono::milliseconds timeout = std::chrono::seconds(1);  ///< how long to wait for processes that are ending
};

/// Which cgroups are asked.
enum class Recursion : std::uint8_t { self, descendants };

enum class FreezerState : std::uint8_t {
  thawed,    ///< not frozen by itself; one around it may be
  freezing,  ///< asked to freeze, and some process still runs
  frozen
};

/// What a cgroup of v2 is in the matter of threads.
enum class CgroupType : std::uint8_t {
  domain,           ///< the usual
  domain_threaded,  ///< the root of a threaded subtree
  domain_invalid,   ///< below a threaded one: of no use until it is made threaded
  threaded          ///< takes threads; no controllers but cpu, cpuset, pids and perf_event
};

/// The enumerator's own name.
[[nodiscard]] CRUNC_API const char* to_string(FreezerState state) noexcept;

/// One cgroup: a directory in each hierarchy of v1, or the one of v2, or (hybrid) both, and each is held by a
/// descriptor. So it goes on to mean the cgroup that was opened: once that is removed calls fail with `cgroup_gone`,
/// and another of the same path is never touched. On a hybrid machine v1 decides, and v2 and the hierarchy of systemd
/// are joined as well as can be. Its descriptors are closed with it; the cgroup stays.
///
/// Errors name file, value and errno. One that is in every call's list and not told again: `cgroup_gone`.
/// @note containerd/cgroups, libcontainer: go by path, and so act upon whatever is there later.
/// @threads const calls: safe; others one at a time. After a move from it: destroy or assign only.
class CRUNC_API Cgroup {
 public:
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&& other) noexcept;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  /// Make a cgroup with all levels of its path that are missing, or open it where it is there. On v1 each level of
  /// cpuset gets the cpus and mems of the one around it where it has none, since no process could join otherwise; on v2
  /// the controllers are enabled in all levels above, in one write or, where that is refused, one by one.
  ///
  /// If it fails the levels that this call made are removed. It fails if a required controller cannot be had
  /// (`controller_unavailable`, or `cgroup_busy` where processes in a level above are the reason), or if a directory
  /// cannot be made; one that may not be (EPERM, EACCES, EROFS) only where a required controller needs it or none is
  /// left. See controllers() for what came of it.
  ///
  /// With `delegate_to` the directory on v2 is given to this user, and those of its files that
  /// /sys/kernel/cgroup/delegate lists. Below a threaded cgroup the new levels are made threaded, unless a controller
  /// is required that cannot be.
  /// @source kernel admin-guide/cgroup-v2.rst, "Enabling and Disabling", "Threads", "Delegation"
  /// @note containerd/cgroups: leaves behind what it made when it fails, and tells only the last failure to enable.
  [[nodiscard]] static Result<Cgroup> create(const Hierarchy& hierarchy, const CgroupPath& path,
                                             const CreateOptions& options = {});
  /// The same by directories on the host, which may be of other paths in each hierarchy; see load() of them.
  [[nodiscard]] static Result<Cgroup> create(const Hierarchy& hierarchy, const CgroupPaths& paths,
                                             const CreateOptions& options = {});

  /// Open a cgroup in each hierarchy that has it; `cgroup_not_found` if none does. Nothing is written.
  [[nodiscard]] static Result<Cgroup> load(const Hierarchy& hierarchy, const CgroupPath& path);
  /// Open the cgroup of a process (0 is the calling one), which may be at another path in each hierarchy.
  /// `cgroup_not_found` when all of them are outside of what is mounted here; system_error with ESRCH without such a
  /// process.
  [[nodiscard]] static Result<Cgroup> load(const Hierarchy& hierarchy, pid_t pid);
  /// Open a cgroup by its directories on the host, as paths() and read_cgroup_paths() give them. invalid_argument: one
  /// is not beneath the mount of its hierarchy. Hierarchies that are not in the map are left out.
  [[nodiscard]] static Result<Cgroup> load(const Hierarchy& hierarchy, const CgroupPaths& paths);

  /// Make, or open, a cgroup below this one, in the hierarchies of this one; as create(). On v2 controllers are enabled
  /// for it in this cgroup, which must have no processes for that (`cgroup_busy` if they are required).
  [[nodiscard]] Result<Cgroup> child(std::string_view name, const CreateOptions& options = {}) const;

  /// Its path; in the hierarchy that lists its processes, where the paths differ.
  [[nodiscard]] const CgroupPath& path() const noexcept;
  /// What the kernel's log calls the one that accounts memory, from the root of its hierarchy; empty for a root, and
  /// where there is none.
  [[nodiscard]] std::string logged_path() const;
  /// Its directories on the host.
  [[nodiscard]] CgroupPaths paths() const;
  /// The controllers that it has: the hierarchies of v1, and on v2 what the cgroup around it hands on at this moment.
  [[nodiscard]] ControllerSet controllers() const;
  /// The directory that has a controller's files, an O_PATH descriptor, borrowed; -1 when there is none. On v2 that is
  /// the one directory, for each controller that is on v2.
  [[nodiscard]] int directory_fd(Controller controller) const noexcept;
  /// The directory on v2, borrowed; -1 when there is none.
  [[nodiscard]] int unified_fd() const noexcept;
  /// Whether it has not been removed.
  [[nodiscard]] bool exists() const noexcept;

  /// Move a process with all its threads into the cgroup, in the hierarchies of `only`; on v2 alone there is nothing to
  /// choose. The first failure ends it, and leaves the hierarchies joined before it joined. system_error with ESRCH: no
  /// such process; `cgroup_busy`: v2 wants no processes in a cgroup that enables controllers for those below. A process
  /// that is just being made (EINVAL) is tried five more times, 30 ms apart. Who joins a frozen cgroup is frozen.
  [[nodiscard]] Result<void> add_process(pid_t pid, ControllerSet only = ControllerSet::all());
  /// Move one thread, as add_process(). On v2 only among the cgroups of one threaded subtree.
  [[nodiscard]] Result<void> add_thread(pid_t tid, ControllerSet only = ControllerSet::all());
  /// The pids of its processes, ascending; those outside of this pid namespace, which have none here, left out. Cgroups
  /// that go away meanwhile are left out, too. Of a threaded cgroup of v2 the ids of its threads.
  [[nodiscard]] Result<std::vector<pid_t>> processes(Recursion recursion = Recursion::self) const;
  [[nodiscard]] Result<std::vector<pid_t>> threads(Recursion recursion = Recursion::self) const;
  /// Move all processes, those of cgroups below too, into another cgroup, which may be below this one. In each
  /// hierarchy of this one they go to the same hierarchy of `destination`: invalid_argument, before anything is moved,
  /// if it lacks one. Goes on until none is left; `cgroup_busy` if they come as fast as they are moved.
  /// @note containerd/cgroups: writes each process as often as there are pairs of hierarchies.
  [[nodiscard]] Result<void> move_to(Cgroup& destination);

  /// Freeze all processes, and return when they are. `timed_out`: some process could not be frozen, and all are thawed
  /// again, unless it was frozen before; controller_unavailable: no freezer, or a kernel before 5.2 on v2.
  /// @note containerd/cgroups: tries without end on v1, and on v2 does not wait until it is done.
  [[nodiscard]] Result<void> freeze(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  /// Thaw them. Nothing happens to one that is not frozen; where one around it is frozen they stay so.
  [[nodiscard]] Result<void> thaw();
  [[nodiscard]] Result<FreezerState> state() const;

  /// Send a signal to all processes, those of cgroups below too, once to each, by pidfd; also to those that are made
  /// meanwhile. Frozen ones get it when they are thawed. invalid_argument for a root; unsupported for a threaded
  /// cgroup.
  [[nodiscard]] Result<void> signal(Signal signal) const;

  /// Send SIGKILL to all processes, those of cgroups below too, so that none can escape by forking: by cgroup.kill,
  /// else frozen, signalled by pidfd and thawed. Thawed afterwards in any case, for on v1 a frozen process cannot die.
  /// With `wait` returns when all are gone: `timed_out` names those left. invalid_argument for a root; unsupported for
  /// a threaded cgroup, whose threads are of processes elsewhere.
  /// @note containerd/cgroups: waits for the processes as their parent, and takes exit statuses that others wait for.
  [[nodiscard]] Result<void> kill(std::chrono::milliseconds wait = std::chrono::milliseconds(0));

  /// Remove the cgroup and (recursive) those below, each hierarchy on its own so that one failure keeps none of the
  /// others. One that is gone is no failure, and one of the same path that is not this one is left alone. Processes
  /// that are ending are waited for; `cgroup_busy` names those that are left. invalid_argument for a root.
  [[nodiscard]] Result<void> remove(const RemoveOptions& options = {});

  /// v2: what it is in the matter of threads. unsupported without v2.
  [[nodiscard]] Result<CgroupType> type() const;
  /// v2: make it threaded, which cannot be undone. invalid_argument for any other type.
  [[nodiscard]] Result<void> set_type(CgroupType type);
  /// v2: hand controllers on to the cgroups below, or no longer. Either all are, or none: controller_unavailable, or
  /// `cgroup_busy` for one that has processes (to hand on) or whose children hand them on (no longer).
  [[nodiscard]] Result<void> enable(ControllerSet controllers);
  [[nodiscard]] Result<void> disable(ControllerSet controllers);

  /// For the library's own use: the directory of a controller, or of v2.
  [[nodiscard]] const Directory* directory(Controller controller) const noexcept;
  [[nodiscard]] const Directory* unified() const noexcept;

 private:
  friend struct Held;
  explicit Cgroup(std::unique_ptr<Held> held) noexcept;
  std::unique_ptr<Held> held_;
};

/// Where a runtime says that its container's cgroup is: runc's `ROOT/ID/state.json` or crun's `ROOT/ID/status`. `root`
/// is the runtime's, as in RuncOptions. container_not_found: neither is there; cgroup_not_found: the container has
/// none; malformed_output: the file is not as it should be.
/// @note For a container that runs, Cgroup::load() of its init's pid needs no such file.
[[nodiscard]] CRUNC_API Result<CgroupPaths> read_cgroup_paths(const Hierarchy& hierarchy,
                                                              const std::filesystem::path& root, std::string_view id);

}  // namespace crunc::cgroups
