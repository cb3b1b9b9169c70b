// SPDX-License-Identifier: Apache-2.0
// Finding and holding the mounts.

#include <crunc/cgroups/hierarchy.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <linux/magic.h>

#include "cgroups/enable.hpp"
#include "cgroups/mount_info.hpp"
#include "cgroups/mounts.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

constexpr const char* usual_root = "/sys/fs/cgroup";

/// Holds a mount, if what is seen at its point is the file system that it should be.
std::optional<Mount> hold(const CgroupMount& found) {
  auto root = Directory::at(found.point);
  struct statfs info {};
  if (!root || sys::calls().fstatfs(root->fd(), &info) != 0) return std::nullopt;
  if (info.f_type != (found.is_v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC)) return std::nullopt;
  return Mount{.root = std::move(*root),
               .within = found.root,
               .is_v2 = found.is_v2,
               .controllers = found.controllers,
               .name = found.name};
}

/// Mode by what is mounted, for machines without anything at the usual place.
Mode mode_of(const std::vector<CgroupMount>& mounts) {
  const auto is_v2 = [](const CgroupMount& mount) { return mount.is_v2; };
  const bool any_v2 = std::any_of(mounts.begin(), mounts.end(), is_v2);
  const bool any_v1 = !std::all_of(mounts.begin(), mounts.end(), is_v2);
  if (any_v1) return any_v2 ? Mode::hybrid : Mode::legacy;
  return any_v2 ? Mode::unified : Mode::unavailable;
}

/// Gives v2 the controllers that no mount of v1 has, and adds all up.
Result<std::shared_ptr<const Mounts>> complete(Mounts mounts) {
  if (mounts.all.empty()) return Error(Errc::cgroup_not_found, "no cgroup file system is mounted");
  for (const Mount& mount : mounts.all) mounts.controllers = mounts.controllers | mount.controllers;
  for (Mount& mount : mounts.all) {
    if (!mount.is_v2) continue;
    mount.controllers = read_controllers(mount.root, "cgroup.controllers") - mounts.controllers;
    mounts.controllers = mounts.controllers | mount.controllers;
  }
  return std::make_shared<const Mounts>(std::move(mounts));
}

/// What a directory of a tree is by its name: nothing, or a hierarchy of v1.
std::optional<Mount> v1_named(const std::string& name) {
  Mount mount;
  if (name == "systemd") mount.name = name;
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    if (const auto controller = controller_named(word)) mount.controllers.add(*controller);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  if (mount.controllers.empty() && mount.name.empty()) return std::nullopt;
  return mount;
}

Result<void> add_tree(const Directory& root, Mounts& mounts) {
  auto names = root.children();
  if (!names) return names.error();
  std::sort(names->begin(), names->end());
  for (const std::string& name : *names) {
    std::optional<Mount> mount = v1_named(name);
    if (name == "unified" && mounts.mode == Mode::hybrid) mount = Mount{.is_v2 = true};
    if (!mount) continue;
    auto held = root.open(name);
    if (!held) return held.error();
    mount->root = std::move(*held);
    mounts.all.push_back(std::move(*mount));
  }
  return {};
}

/// The snapshot that was taken last, for as long as somebody uses it.
class LastTaken {
 public:
  /// Null: these mounts are not those of the last, or nobody has it any more.
  std::shared_ptr<const Mounts> find(const std::vector<CgroupMount>& found, Mode mode) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const Mounts> last = last_.lock();
    return last && last->mode == mode && found == found_ ? last : nullptr;
  }
  void keep(const std::vector<CgroupMount>& found, const std::shared_ptr<const Mounts>& mounts) {
    const std::lock_guard lock(mutex_);
    found_ = found;
    last_ = mounts;
  }

 private:
  std::mutex mutex_{};
  std::vector<CgroupMount> found_{};
  std::weak_ptr<const Mounts> last_{};
};

}  // namespace

std::vector<std::string> Mount::keys() const {
  if (is_v2) return {""};
  if (!name.empty()) return {"name=" + name};
  std::vector<std::string> result;
  controllers.for_each([&](Controller controller) { result.emplace_back(to_string(controller, false)); });
  return result;
}

std::string Mount::directory_of(const CgroupPath& path) const {
  return path.is_root() ? root.path() : root.path() + path.str();
}

const Mount* Mounts::of(Controller controller) const noexcept {
  for (const Mount& mount : all) {
    if (mount.controllers.contains(controller)) return &mount;
  }
  return nullptr;
}

const Mount* Mounts::unified() const noexcept {
  for (const Mount& mount : all) {
    if (mount.is_v2) return &mount;
  }
  return nullptr;
}

Result<Hierarchy> Hierarchy::system() {
  static LastTaken last;
  constexpr size_t longest = std::size_t{64} * 1024 * 1024;
  const auto text = sys::read_file("/proc/self/mountinfo", longest);
  if (!text) return Error(Errc::system_error, "read /proc/self/mountinfo", text.error());
  const std::vector<CgroupMount> found = choose_mounts(parse_mount_info(*text), usual_root);
  Mounts mounts{.mode = detect(usual_root), .is_real = true};
  if (mounts.mode != Mode::unified) mounts.mode = mode_of(found);
  if (std::shared_ptr<const Mounts> shared = last.find(found, mounts.mode)) return Hierarchy(std::move(shared));
  for (const CgroupMount& mount : found) {
    const bool is_meant =
        mount.is_v2 || (mounts.mode != Mode::unified && (!mount.controllers.empty() || mount.name == "systemd"));
    if (!is_meant) continue;
    if (auto held = hold(mount)) mounts.all.push_back(std::move(*held));
  }
  auto completed = complete(std::move(mounts));
  if (!completed) return completed.error();
  last.keep(found, *completed);
  return Hierarchy(std::move(*completed));
}

Result<Hierarchy> Hierarchy::at(const std::filesystem::path& root, Mode mode) {
  if (mode == Mode::unavailable) return Error(Errc::invalid_argument, "a hierarchy of mode unavailable");
  auto directory = Directory::at(root.string());
  if (!directory) return directory.error();
  Mounts mounts{.mode = mode};
  if (mode == Mode::unified) {
    mounts.all.push_back(Mount{.root = std::move(*directory), .is_v2 = true});
  } else if (const auto added = add_tree(*directory, mounts); !added) {
    return added.error();
  }
  auto completed = complete(std::move(mounts));
  if (!completed) return completed.error();
  return Hierarchy(std::move(*completed));
}

Mode Hierarchy::mode() const noexcept { return mounts_->mode; }
ControllerSet Hierarchy::controllers() const noexcept { return mounts_->controllers; }

bool Hierarchy::on_v2(Controller controller) const noexcept {
  const Mount* const mount = mounts_->of(controller);
  return mount != nullptr && mount->is_v2;
}

int Hierarchy::root_fd(Controller controller) const noexcept {
  const Mount* const mount = mounts_->of(controller);
  return mount == nullptr ? -1 : mount->root.fd();
}

int Hierarchy::unified_fd() const noexcept {
  const Mount* const mount = mounts_->unified();
  return mount == nullptr ? -1 : mount->root.fd();
}

}  // namespace crunc::cgroups
