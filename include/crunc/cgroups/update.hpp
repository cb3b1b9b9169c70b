// SPDX-License-Identifier: Apache-2.0
// Resources put in force in a cgroup: what is there is read, the plan is made, its writes are done.
#pragma once

#include <cstdint>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/plan.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

/// Where the controllers of a cgroup are at this moment.
[[nodiscard]] CRUNC_API Placement placement_of(const Cgroup& cgroup);

/// What plan() must know of a cgroup for these resources, and no more; a file that cannot be read leaves its part
/// unknown. malformed_output: a devices.list that is none.
[[nodiscard]] CRUNC_API Result<CurrentLimits> read_current_limits(const Cgroup& cgroup,
                                                                  const oci::LinuxResources& resources);

/// The parts of a plan, around the moment at which the first process joins.
enum class PlanPart : std::uint8_t {
  all,
  before_join,  ///< what must be there before, and devices
  after_join    ///< the rest
};

/// Do what a plan says. The first failure ends it, and what was written before stays.
///
/// Errors tell the file, the value and the errno, after the field of the resources. cgroup_busy: a limit of memory
/// below what is in use, and how much that is; controller_unavailable: a file of the unified map that is not there.
/// @note containerd/cgroups, libcontainer: a period that fits only with the new quota; containerd gives up
CRUNC_API Result<void> apply(const Plan& plan, Cgroup& cgroup, PlanPart part = PlanPart::all);

/// Put resources in force: read_current_limits(), plan() and apply(). What they do not name stays as it is.
CRUNC_API Result<void> update(Cgroup& cgroup, const oci::LinuxResources& resources,
                              const ConversionOptions& options = {});

}  // namespace crunc::cgroups
