// SPDX-License-Identifier: Apache-2.0
// The cgroup below a container's own into which crun puts its processes.
#pragma once

#include <optional>

#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups::pods {

/// It, if there is one; nothing where the container is another runtime's, or not there.
[[nodiscard]] Result<std::optional<CgroupPath>> inner_of(const Hierarchy& hierarchy, const CgroupPath& container);

}  // namespace crunc::cgroups::pods
