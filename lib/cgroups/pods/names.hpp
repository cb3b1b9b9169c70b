// SPDX-License-Identifier: Apache-2.0
// Names of pods' cgroups: what an id must be like, and what is said of a parent of the other driver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <crunc/cgroups/path.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups::pods {

/// Whether it can be a part of a cgroup's name, and of "slice:prefix:name". `what` is "container id", say.
[[nodiscard]] Result<void> check_part(std::string_view what, std::string_view part);

/// A pod's cgroup given as a path; systemd's slices are refused.
[[nodiscard]] Result<CgroupPath> parse_parent(std::string_view parent);

/// The bare name of a slice that is given by it or by its path, which may begin with systemd's own cgroup `root`; all
/// else is refused.
[[nodiscard]] Result<std::string> parse_slice(std::string_view parent, const CgroupPath& root);

/// `limit` bytes or `total` units of `unit` bytes, what is less.
[[nodiscard]] std::uint64_t least_of(std::uint64_t limit, std::uint64_t total, std::uint64_t unit) noexcept;

}  // namespace crunc::cgroups::pods
