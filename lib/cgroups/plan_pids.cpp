// SPDX-License-Identifier: Apache-2.0
// pids, whose file is the same on both versions.

#include <algorithm>

#include "cgroups/planner.hpp"

namespace crunc::cgroups {

Result<void> plan_pids(Planner& planner) {
  std::int64_t limit = *planner.resources.pids->limit;
  if (limit == 0 && planner.options.zero_pids == ZeroPids::keep) return {};
  if (limit == 0) limit = 1;
  planner.add({.controller = Controller::pids,
               .file = "pids.max",
               .value = limit < 0 ? "max" : std::to_string(limit),
               .field = "/pids/limit"});
  return {};
}

}  // namespace crunc::cgroups
