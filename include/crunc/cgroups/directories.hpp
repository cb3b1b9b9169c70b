// SPDX-License-Identifier: Apache-2.0
// Directories: where the files of one cgroup are, by descriptor.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/controller.hpp>

namespace crunc::cgroups {

/// The directories of one cgroup: one for each controller on v1, one for all on v2, both kinds on a hybrid host.
///
/// The descriptors may be O_PATH and stay somebody else's. Give their owner along, and they stay open for as long as
/// any copy of this; without one the caller sees to that.
/// @threads distinct objects: safe; shared object: safe (const)
class Directories {
 public:
  struct Place {
    int fd = -1;
    bool on_v2 = false;
    bool operator==(const Place&) const = default;
  };

  Directories() = default;
  explicit Directories(std::shared_ptr<const void> owner) noexcept : owner_(std::move(owner)) {}

  /// Everything in one directory of cgroup v2.
  [[nodiscard]] static Directories unified(int fd, std::shared_ptr<const void> owner = {}) {
    Directories all(std::move(owner));
    ControllerSet::all().for_each([&](Controller controller) { all.set(controller, {fd, true}); });
    all.set_unified(fd);
    return all;
  }

  /// Where a controller's files are.
  void set(Controller controller, Place place) noexcept { places_[static_cast<std::size_t>(controller)] = place; }
  /// The directory on cgroup v2, which has the core files and pressure, also where controllers are on v1.
  void set_unified(int fd) noexcept { unified_ = fd; }

  [[nodiscard]] std::optional<Place> find(Controller controller) const noexcept {
    const Place place = places_[static_cast<std::size_t>(controller)];
    return place.fd >= 0 ? std::optional(place) : std::nullopt;
  }
  /// -1 when there is none.
  [[nodiscard]] int unified_fd() const noexcept { return unified_; }
  /// What the kernel's log calls the cgroup that accounts memory: its path from the root of its hierarchy.
  void set_logged_path(std::string path) { logged_path_ = std::move(path); }
  /// Empty when nobody has said it.
  [[nodiscard]] const std::string& logged_path() const noexcept { return logged_path_; }
  /// Whether they stay open for as long as this.
  [[nodiscard]] bool is_owned() const noexcept { return owner_ != nullptr; }

 private:
  std::array<Place, controller_count> places_{};
  int unified_ = -1;
  std::string logged_path_{};
  std::shared_ptr<const void> owner_{};
};

/// Those of a cgroup, which has to outlive their use.
[[nodiscard]] inline Directories directories_of(const Cgroup& cgroup, std::shared_ptr<const void> owner = {}) {
  Directories all(std::move(owner));
  ControllerSet::all().for_each([&](Controller controller) {
    const int fd = cgroup.directory_fd(controller);
    all.set(controller, {fd, fd >= 0 && fd == cgroup.unified_fd()});
  });
  all.set_unified(cgroup.unified_fd());
  all.set_logged_path(cgroup.logged_path());
  return all;
}
/// Those of a cgroup, which lives as long as they do.
[[nodiscard]] inline Directories directories_of(const std::shared_ptr<const Cgroup>& cgroup) {
  return directories_of(*cgroup, cgroup);
}

}  // namespace crunc::cgroups
