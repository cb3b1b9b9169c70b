// SPDX-License-Identifier: Apache-2.0
// Marks of network traffic, which v2 leaves to BPF programs of others.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {

Result<void> plan_network(Planner& planner) {
  const oci::Network& network = *planner.resources.network;
  if (network.class_id.value_or(0) != 0) {
    if (Result<void> done = planner.missing("/network/classID", "is not in cgroup v2"); !done) return done;
  }
  if (!network.priorities.empty()) return planner.missing("/network/priorities", "is not in cgroup v2");
  return {};
}

}  // namespace crunc::cgroups::v2
