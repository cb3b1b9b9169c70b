// SPDX-License-Identifier: Apache-2.0
// Hierarchy: where the controllers of a machine are mounted.
#pragma once

#include <filesystem>
#include <memory>

#include <crunc/cgroups/controller.hpp>
#include <crunc/cgroups/mode.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups {

struct Mounts;

/// The cgroup file systems of a machine, each held by a descriptor of its root: a snapshot, taken when it is made. It
/// goes on to mean the mounts of the mount namespace that it was made in; after unshare(2) or setns(2) make another.
///
/// Cheap to copy: copies share the descriptors, which are closed with the last one, or with the last Cgroup of it.
/// @threads safe
class CRUNC_API Hierarchy {
 public:
  /// That of this process, from /proc/self/mountinfo. Each controller is looked up on its own, so on a hybrid machine
  /// some may be on v1 and others on v2; on a unified one, mounts of v1 that somebody has made elsewhere are left
  /// alone. While another of the same mounts lives in this process, the two share their descriptors: a supervisor of a
  /// thousand containers holds each root once. cgroup_not_found: nothing is mounted that could be used.
  /// @note containerd/cgroups takes the parent directory of the first mount for all; crun 1.8 refuses a hybrid machine
  /// with a controller on v2.
  [[nodiscard]] static Result<Hierarchy> system();

  /// One beneath a directory, whatever its file systems are: for tests on plain directories, and for a container's
  /// /sys/fs/cgroup seen from outside. Unified: `root` is v2's. Else each directory in it is a hierarchy of v1 of the
  /// controllers that it is named after ("memory", "cpu,cpuacct", "systemd"), and `unified` that of v2 (hybrid).
  [[nodiscard]] static Result<Hierarchy> at(const std::filesystem::path& root, Mode mode);

  [[nodiscard]] Mode mode() const noexcept;
  /// The controllers that there are, of either version. On v2 these are those that the root has to hand on.
  [[nodiscard]] ControllerSet controllers() const noexcept;
  [[nodiscard]] bool has(Controller controller) const noexcept { return controllers().contains(controller); }
  /// Whether there is this controller, on v2.
  [[nodiscard]] bool on_v2(Controller controller) const noexcept;
  /// The root of a controller's hierarchy, an O_PATH descriptor, borrowed; -1 if there is no such controller.
  [[nodiscard]] int root_fd(Controller controller) const noexcept;
  /// The root of cgroup v2, borrowed; -1 if it is not mounted.
  [[nodiscard]] int unified_fd() const noexcept;

  /// For the library's own use.
  [[nodiscard]] const std::shared_ptr<const Mounts>& mounts() const noexcept { return mounts_; }

 private:
  explicit Hierarchy(std::shared_ptr<const Mounts> mounts) noexcept : mounts_(std::move(mounts)) {}
  std::shared_ptr<const Mounts> mounts_;
};

}  // namespace crunc::cgroups
