// SPDX-License-Identifier: Apache-2.0
// The way back for a cgroup that is made in several steps.
#pragma once

#include <utility>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>

#include "cgroups/mounts.hpp"

namespace crunc::cgroups::pods {

/// The levels of a path that no hierarchy had when this was made, or that one of v1 had not. They are removed with it,
/// unless they are kept.
class NewLevels {
 public:
  NewLevels(Hierarchy hierarchy, CgroupPath path, const Mount* only = nullptr)
      : hierarchy_(std::move(hierarchy)), only_(only) {
    for (; !path.is_root() && !load(path).has_value(); path = path.parent()) missing_.push_back(path);
  }
  ~NewLevels() {
    for (const CgroupPath& path : missing_) {
      auto made = load(path);
      if (made && !made->remove({.recursive = false})) return;
    }
  }
  NewLevels(const NewLevels&) = delete;
  NewLevels& operator=(const NewLevels&) = delete;

  void keep() noexcept { missing_.clear(); }

 private:
  [[nodiscard]] Result<Cgroup> load(const CgroupPath& path) const {
    if (only_ == nullptr) return Cgroup::load(hierarchy_, path);
    return Cgroup::load(hierarchy_, {{only_->keys().front(), only_->directory_of(path)}});
  }

  Hierarchy hierarchy_;
  const Mount* only_;                  ///< of the hierarchy
  std::vector<CgroupPath> missing_{};  ///< the innermost first
};

}  // namespace crunc::cgroups::pods
