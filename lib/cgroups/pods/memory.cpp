// SPDX-License-Identifier: Apache-2.0
// Whether a pod's limit of memory is enough for a container to start, and what the machine has.

#include <sys/sysinfo.h>

#include <crunc/cgroups/pods.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/parse.hpp"
#include "cgroups/pods/names.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {

Result<void> PodCgroups::verify_memory(const CgroupPath& pod, std::int64_t min_bytes) const {
  if (!hierarchy_.has(Controller::memory)) return {};
  const auto cgroup = Cgroup::load(hierarchy_, pod);
  if (!cgroup && cgroup.error().code == Errc::cgroup_not_found) return {};
  if (!cgroup) return cgroup.error();
  const Directory* const directory = cgroup->directory(Controller::memory);
  const std::string_view name = hierarchy_.on_v2(Controller::memory) ? "memory.max" : "memory.limit_in_bytes";
  // The root of v2 has no such file, nor has a cgroup that its parent hands no memory controller on to.
  if (directory == nullptr || !directory->has(name)) return {};
  const auto text = directory->read(name);
  if (!text) return text.error().code == Errc::cgroup_gone ? Result<void>() : text.error();
  const auto limit = parse_limit(core::trim(*text));
  if (!limit) {
    return Error(Errc::malformed_output,
                 directory->path() + "/" + std::string(name) + " is no limit: " + core::excerpt(*text));
  }
  if (limit->unlimited() || *limit->number() > INT64_MAX) return {};
  auto verified = verify_memory_is_enough(static_cast<std::int64_t>(*limit->number()), min_bytes);
  if (verified) return verified;
  Error error = verified.error();
  error.reason = "pod " + pod.str() + ": " + error.reason;
  return error;
}

Result<void> verify_memory_is_enough(std::int64_t limit_bytes, std::int64_t min_bytes) {
  if (limit_bytes <= 0 || limit_bytes >= min_bytes) return {};
  return Error(Errc::invalid_argument, "the limit of memory, " + std::to_string(limit_bytes) +
                                           " bytes, is too low for a container to start: it should be at least " +
                                           std::to_string(min_bytes));
}

std::uint64_t memory_limit_given_system(std::uint64_t limit_bytes) {
  struct sysinfo system {};
  if (sys::calls().sysinfo(&system) != 0) return limit_bytes;
  return pods::least_of(limit_bytes, system.totalram, system.mem_unit);
}

}  // namespace crunc::cgroups
