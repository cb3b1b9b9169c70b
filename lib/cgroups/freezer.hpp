// SPDX-License-Identifier: Apache-2.0
// Freezing, by the freezer of v1 and by v2's cgroup.freeze.
#pragma once

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/error.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/members.hpp"

namespace crunc::cgroups {

/// Freeze, and wait until it is done. timed_out: it was not done by the deadline, and is undone, unless it was frozen.
[[nodiscard]] Result<void> freeze(const Directory& directory, bool is_v2, Clock::time_point deadline);
[[nodiscard]] Result<void> thaw(const Directory& directory, bool is_v2);
[[nodiscard]] Result<FreezerState> freezer_state(const Directory& directory, bool is_v2);

}  // namespace crunc::cgroups
