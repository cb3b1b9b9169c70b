// SPDX-License-Identifier: Apache-2.0
// Behind Cgroup: its directory in each hierarchy.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/mounts.hpp"

namespace crunc::cgroups {

/// A cgroup in one hierarchy.
struct Slot {
  const Mount* mount = nullptr;  ///< of Held::mounts
  CgroupPath path{};
  Directory directory{};

  [[nodiscard]] bool is_v2() const noexcept { return mount->is_v2; }
  [[nodiscard]] bool has(Controller controller) const noexcept { return mount->controllers.contains(controller); }
};

struct Held {
  std::shared_ptr<const Mounts> mounts;
  std::vector<Slot> slots;  ///< at least one

  [[nodiscard]] static Cgroup make(std::shared_ptr<const Mounts> mounts, std::vector<Slot> slots);
  [[nodiscard]] static Held& of(const Cgroup& cgroup) noexcept { return *cgroup.held_; }

  [[nodiscard]] bool is_optional(const Slot& slot) const noexcept { return slot.mount->is_optional(mounts->mode); }
  /// The one that lists processes: v2 where all is v2; else the freezer's, whose lists stand still when frozen; else
  /// the first that has controllers, or the first of all.
  [[nodiscard]] const Slot& lister() const noexcept;
  [[nodiscard]] const Slot* of(Controller controller) const noexcept;
  [[nodiscard]] const Slot* unified() const noexcept;
  [[nodiscard]] const Slot* in(const Mount* mount) const noexcept;
};

/// Where a cgroup of these directories is in a mount; nothing: not there. invalid_argument: a directory of its
/// hierarchy that is not beneath it.
[[nodiscard]] Result<std::optional<CgroupPath>> path_among(const Mount& mount, const CgroupPaths& paths);

/// Whether something was refused for want of permission: EPERM, EACCES, EROFS.
[[nodiscard]] bool is_denied(std::error_code why) noexcept;

/// The Error of what must not be done to a root.
[[nodiscard]] Error refuse_root(const Slot& slot, std::string_view verb);

}  // namespace crunc::cgroups
