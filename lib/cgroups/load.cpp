// SPDX-License-Identifier: Apache-2.0
// Opening cgroups that are there: by path, by process, and by directories that a runtime has written down.

#include "cgroups/held.hpp"
#include "cgroups/proc_cgroup.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

/// Opens a cgroup in one hierarchy after the other.
class Opener {
 public:
  explicit Opener(const Hierarchy& hierarchy) : mounts_(hierarchy.mounts()) {}

  [[nodiscard]] const std::vector<Mount>& mounts() const noexcept { return mounts_->all; }

  /// Nothing is added for one that is not there.
  Result<void> add(const Mount& mount, const CgroupPath& path) {
    auto directory = mount.root.open(std::string_view(path.str()).substr(1), mounts_->is_real);
    if (directory) {
      slots_.push_back(Slot{.mount = &mount, .path = path, .directory = std::move(*directory)});
    } else if (directory.error().code != Errc::cgroup_not_found && !mount.is_optional(mounts_->mode)) {
      return directory.error();
    }
    return {};
  }

  Result<Cgroup> finish(const std::string& what) {
    if (slots_.empty()) return Error(Errc::cgroup_not_found, what);
    return Held::make(mounts_, std::move(slots_));
  }

 private:
  std::shared_ptr<const Mounts> mounts_;
  std::vector<Slot> slots_{};
};

/// A directory on the host as a path in its hierarchy.
Result<CgroupPath> path_of_directory(const Mount& mount, const std::string& key, const std::string& directory) {
  // Beside a mount of several controllers there is, by custom, a symlink of each one's name.
  const std::string& point = mount.root.path();
  const std::string alias = point.substr(0, point.rfind('/') + 1) + key;
  for (const std::string& prefix : {point, alias}) {
    if (directory == prefix) return CgroupPath();
    if (directory.starts_with(prefix + "/"))
      return CgroupPath::parse(std::string_view(directory).substr(prefix.size()));
  }
  return Error(Errc::invalid_argument, "cgroup " + core::excerpt(directory) + " is not beneath " + point);
}

}  // namespace

Result<std::optional<CgroupPath>> path_among(const Mount& mount, const CgroupPaths& paths) {
  for (const std::string& key : mount.keys()) {
    const auto found = paths.find(key);
    if (found == paths.end() || found->second.empty()) continue;
    const auto path = path_of_directory(mount, key, found->second);
    if (!path) return path.error();
    return std::optional(*path);  // the other controllers of this mount say the same
  }
  return std::optional<CgroupPath>();
}

Result<Cgroup> Cgroup::load(const Hierarchy& hierarchy, const CgroupPath& path) {
  Opener opener(hierarchy);
  for (const Mount& mount : opener.mounts()) {
    if (const auto added = opener.add(mount, path); !added) return added.error();
  }
  return opener.finish(path.str());
}

Result<Cgroup> Cgroup::load(const Hierarchy& hierarchy, pid_t pid) {
  const auto memberships = memberships_of(pid);
  if (!memberships) return memberships.error();
  Opener opener(hierarchy);
  std::string outside = "of process " + std::to_string(pid);
  for (const Mount& mount : opener.mounts()) {
    const auto path = path_in(mount, *memberships, pid);
    if (!path) {
      outside = path.error().reason;
    } else if (const auto added = opener.add(mount, *path); !added) {
      return added.error();
    }
  }
  return opener.finish(outside);
}

Result<Cgroup> Cgroup::load(const Hierarchy& hierarchy, const CgroupPaths& paths) {
  Opener opener(hierarchy);
  std::string all;
  for (const Mount& mount : opener.mounts()) {
    const auto path = path_among(mount, paths);
    if (!path) return path.error();
    if (!*path) continue;
    if (const auto added = opener.add(mount, **path); !added) return added.error();
    all += (all.empty() ? "" : ", ") + mount.directory_of(**path);
  }
  return opener.finish(all.empty() ? "no directory is of a hierarchy here" : all);
}

}  // namespace crunc::cgroups
