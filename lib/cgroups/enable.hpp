// SPDX-License-Identifier: Apache-2.0
// v2: which controllers a cgroup has, and which it hands on to those below.
#pragma once

#include <optional>
#include <string_view>

#include <crunc/cgroups/controller.hpp>
#include <crunc/error.hpp>

#include "cgroups/directory.hpp"

namespace crunc::cgroups {

/// What a file of controllers' names has of those that are known here; none when it cannot be read.
[[nodiscard]] ControllerSet read_controllers(const Directory& directory, std::string_view file);

/// Have `directory` hand on those of `wanted` that it has: in one write, and where that is refused one by one. The
/// Error is the last refusal of a single one; others may have gone through.
[[nodiscard]] std::optional<Error> hand_on(const Directory& directory, ControllerSet wanted);

/// Write all of `controllers` with a sign before each, at once.
[[nodiscard]] Result<void> write_subtree_control(const Directory& directory, ControllerSet controllers, char sign);

/// Whether threaded cgroups can have all of these.
[[nodiscard]] bool are_threadable(ControllerSet controllers) noexcept;

}  // namespace crunc::cgroups
