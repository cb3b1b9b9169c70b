// SPDX-License-Identifier: Apache-2.0
// Making a cgroup: level by level in each hierarchy, and all back when it fails.

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

#include "cgroups/enable.hpp"
#include "cgroups/held.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

/// The levels that were made, removed again unless they are kept.
class MadeLevels {
 public:
  MadeLevels() = default;
  MadeLevels(const MadeLevels&) = delete;
  MadeLevels& operator=(const MadeLevels&) = delete;
  ~MadeLevels() { remove_to(0); }

  void add(Directory parent, std::string_view name) { levels_.emplace_back(std::move(parent), name); }
  [[nodiscard]] size_t count() const noexcept { return levels_.size(); }
  void remove_to(size_t count) {
    for (; levels_.size() > count; levels_.pop_back()) {
      static_cast<void>(levels_.back().first.remove(levels_.back().second));
    }
  }
  void keep() noexcept { levels_.clear(); }

 private:
  std::vector<std::pair<Directory, std::string>> levels_{};
};

/// Copies cpus and mems of a cpuset to one below that has none.
Result<void> fill_cpuset(const Directory& parent, const Directory& child) {
  const bool has_prefix = child.has("cpuset.cpus");  // not on a mount with "noprefix"
  for (const std::string name : {has_prefix ? "cpuset.cpus" : "cpus", has_prefix ? "cpuset.mems" : "mems"}) {
    const auto own = child.read(name);
    if (!own) return own.error();
    if (!core::trim(*own).empty()) continue;
    const auto given = parent.read(name);
    if (!given) return given.error();
    if (core::trim(*given).empty()) continue;
    if (const auto written = child.write(name, core::trim(*given)); !written) return written.error();
  }
  return {};
}

/// Looks at what the level is in the matter of threads, and makes a new one threaded where it would be of no use.
Result<void> settle_type(const Directory& level, bool is_new, ControllerSet required) {
  const auto text = level.read("cgroup.type");
  if (!text) return {};  // the root has none; whoever needs it fails later
  const std::string_view type = core::trim(*text);
  if (type != "domain invalid" && type != "threaded") return {};
  if (!are_threadable(required)) {
    return Error(Errc::controller_unavailable, level.path() + " is of type \"" + std::string(type) +
                                                   "\", which cannot have all of " + to_string(required));
  }
  if (is_new && type == "domain invalid") return level.write("cgroup.type", "threaded");
  return {};
}

std::vector<std::string> delegated_files() {
  constexpr size_t longest = std::size_t{64} * 1024;
  std::vector<std::string> names;
  if (const auto text = sys::read_file("/sys/kernel/cgroup/delegate", longest)) {
    for (const std::string_view line : core::split_lines(*text)) names.emplace_back(line);
  }
  if (names.empty()) names = {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
  return names;
}

Result<void> delegate(const Directory& directory, uid_t uid) {
  constexpr auto same_group = static_cast<gid_t>(-1);
  if (sys::calls().fchownat(directory.fd(), "", uid, same_group, AT_EMPTY_PATH) != 0) {
    return directory.error("chown", {}, sys::last_error());
  }
  for (const std::string& name : delegated_files()) {
    if (!is_component(name)) continue;
    const int done = sys::calls().fchownat(directory.fd(), name.c_str(), uid, same_group, AT_SYMLINK_NOFOLLOW);
    if (done != 0 && errno != ENOENT) return directory.error("chown", name, sys::last_error());
  }
  return {};
}

class Maker {
 public:
  Maker(const Mounts& mounts, const CreateOptions& options) : mounts_(mounts), options_(options) {}

  /// Makes the levels of `relative` beneath a slot's directory. False: it cannot be had, and need not.
  Result<bool> add(const Mount& mount, const Directory& from, const CgroupPath& around, std::string_view relative) {
    const size_t made_before = made_.count();
    Result<Directory> directory = make_levels(mount, from, relative);
    if (directory) {
      const auto path = relative.empty() ? Result<CgroupPath>(around) : around.below(relative);
      if (!path) return path.error();
      slots_.push_back(Slot{.mount = &mount, .path = *path, .directory = std::move(*directory)});
      return true;
    }
    const bool is_needed = !(mount.controllers & options_.required).empty();
    if (is_needed || !(mount.is_optional(mounts_.mode) || is_denied(directory.error().system)))
      return directory.error();
    made_.remove_to(made_before);
    if (!denied_) denied_ = directory.error();
    return false;
  }

  /// The slots, if they are enough.
  Result<std::vector<Slot>> finish() {
    if (slots_.empty()) return denied_ ? *denied_ : Error(Errc::cgroup_not_found, "no hierarchy to make it in");
    ControllerSet missing = options_.required;
    for (const Slot& slot : slots_) {
      const ControllerSet has =
          slot.is_v2() ? read_controllers(slot.directory, "cgroup.controllers") : slot.mount->controllers;
      missing = missing - has;
    }
    if (!missing.empty()) return unavailable(missing);
    made_.keep();
    return std::move(slots_);
  }

 private:
  Result<Directory> make_levels(const Mount& mount, const Directory& from, std::string_view relative) {
    Result<Directory> here = from.open({});
    while (here && !relative.empty()) {
      const std::string_view name = relative.substr(0, relative.find('/'));
      relative.remove_prefix(std::min(relative.size(), name.size() + 1));
      here = make_level(mount, std::move(*here), name);
    }
    if (here && mount.is_v2 && options_.delegate_to) {
      if (const auto given = delegate(*here, *options_.delegate_to); !given) return given.error();
    }
    return here;
  }

  Result<Directory> make_level(const Mount& mount, Directory parent, std::string_view name) {
    if (mount.is_v2) {
      if (auto refused = hand_on(parent, options_.wanted | options_.required)) refused_ = std::move(refused);
    }
    const auto is_new = parent.make(name, options_.mode);
    if (!is_new) return is_new.error();
    Result<Directory> level = parent.open(name, mounts_.is_real);
    Result<void> settled{};
    if (level && mount.is_v2) settled = settle_type(*level, *is_new, options_.required & mount.controllers);
    if (level && mount.controllers.contains(Controller::cpuset) && !mount.is_v2) settled = fill_cpuset(parent, *level);
    if (*is_new) made_.add(std::move(parent), name);
    if (!settled) return settled.error();
    return level;
  }

  [[nodiscard]] Error unavailable(ControllerSet missing) const {
    Error error(Errc::controller_unavailable, to_string(missing));
    if (refused_) {
      error = *refused_;
      error.reason = to_string(missing) + ": " + error.reason;
      if (error.code == Errc::system_error) error.code = Errc::controller_unavailable;
    }
    return error;
  }

  const Mounts& mounts_;
  const CreateOptions& options_;
  MadeLevels made_{};
  std::vector<Slot> slots_{};
  std::optional<Error> denied_{};   ///< why the first slot was left out
  std::optional<Error> refused_{};  ///< the last refusal to hand controllers on
};

/// `path_in` tells where the cgroup is to be in a mount; nothing: not there.
template <class PathIn>
Result<Cgroup> create_in(const std::shared_ptr<const Mounts>& mounts, const CreateOptions& options, PathIn&& path_in) {
  if (const ControllerSet none = options.required - mounts->controllers; !none.empty()) {
    return Error(Errc::controller_unavailable, to_string(none));
  }
  Maker maker(*mounts, options);
  for (const Mount& mount : mounts->all) {
    const bool is_wanted =
        mount.is_v2 || mount.controllers.empty() || !(mount.controllers & (options.wanted | options.required)).empty();
    if (!is_wanted) continue;
    const Result<std::optional<CgroupPath>> path = path_in(mount);
    if (!path) return path.error();
    if (!*path) continue;
    const auto added = maker.add(mount, mount.root, {}, std::string_view((*path)->str()).substr(1));
    if (!added) return added.error();
  }
  auto slots = maker.finish();
  if (!slots) return slots.error();
  return Held::make(mounts, std::move(*slots));
}

}  // namespace

bool is_denied(std::error_code why) noexcept {
  return why == std::errc::permission_denied || why == std::errc::operation_not_permitted ||
         why == std::errc::read_only_file_system;
}

Result<Cgroup> Cgroup::create(const Hierarchy& hierarchy, const CgroupPath& path, const CreateOptions& options) {
  return create_in(hierarchy.mounts(), options, [&](const Mount&) { return std::optional(path); });
}

Result<Cgroup> Cgroup::create(const Hierarchy& hierarchy, const CgroupPaths& paths, const CreateOptions& options) {
  return create_in(hierarchy.mounts(), options, [&](const Mount& mount) { return path_among(mount, paths); });
}

Result<Cgroup> Cgroup::child(std::string_view name, const CreateOptions& options) const {
  if (const auto path = held_->lister().path.child(name); !path) return path.error();
  Maker maker(*held_->mounts, options);
  for (const Slot& slot : held_->slots) {
    const auto added = maker.add(*slot.mount, slot.directory, slot.path, name);
    if (!added) return added.error();
  }
  auto slots = maker.finish();
  if (!slots) return slots.error();
  return Held::make(held_->mounts, std::move(*slots));
}

}  // namespace crunc::cgroups
