// SPDX-License-Identifier: Apache-2.0
// memory on v2. Swap has a limit of its own, and a limit below what is in use kills at once.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {
namespace {

FileWrite memory_write(std::string file, const Limit& value, std::string field) {
  return {
      .controller = Controller::memory, .file = std::move(file), .value = to_text(value), .field = std::move(field)};
}

Limit to_limit(std::int64_t a) { return a < 0 ? Limit() : Limit(static_cast<std::uint64_t>(a)); }

Error below_usage(const char* field, std::int64_t limit, std::uint64_t usage, const char* of_what) {
  Error error = field_error(Errc::cgroup_busy, field,
                            std::to_string(limit) + " bytes are not above the use of " + of_what + ", " +
                                std::to_string(usage) + " bytes: not written, since processes would be killed");
  error.system = std::make_error_code(std::errc::device_or_resource_busy);
  return error;
}

/// @source runc fs2/memory.go CheckMemoryUsage; swap counts too, as in crun #1025
Result<void> check_usage(const oci::Memory& memory, const CurrentLimits& current) {
  if (!memory.check_before_update.value_or(false) || !current.memory_usage_bytes) return {};
  const std::int64_t limit = memory.limit.value_or(0);
  const std::int64_t swap = memory.swap.value_or(0);
  const std::uint64_t used = *current.memory_usage_bytes;
  if (limit > 0 && static_cast<std::uint64_t>(limit) <= used) {
    return below_usage("/memory/limit", limit, used, "memory");
  }
  const std::uint64_t both = used + current.swap_usage_bytes.value_or(0);
  if (swap > 0 && static_cast<std::uint64_t>(swap) <= both) {
    return below_usage("/memory/swap", swap, both, "memory and swap");
  }
  return {};
}

/// The limit beside a swap that came alone: the one in force, as `update` of a runtime that knows its container has it.
std::int64_t limit_beside_swap(const oci::Memory& memory, const CurrentLimits& current) {
  const std::int64_t limit = memory.limit.value_or(0);
  if (limit != 0 || memory.swap.value_or(0) <= 0 || !current.memory_limit) return limit;
  const auto number = current.memory_limit->number();
  return number ? static_cast<std::int64_t>(*number) : -1;
}

Result<void> check_missing(const Planner& planner) {
  const oci::Memory& memory = *planner.resources.memory;
  const std::pair<bool, const char*> fields[] = {
      {memory.swappiness.has_value(), "/memory/swappiness"},
      {memory.disable_oom_killer.value_or(false), "/memory/disableOOMKiller"},
      {memory.kernel.value_or(0) != 0, "/memory/kernel"},
      {memory.kernel_tcp.value_or(0) != 0, "/memory/kernelTCP"}};
  for (const auto& [given, field] : fields) {
    if (!given) continue;
    if (Result<void> done = planner.missing(field, "is not in cgroup v2"); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> plan_memory(Planner& planner) {
  const oci::Memory& memory = *planner.resources.memory;
  if (Result<void> done = check_memory(planner); !done) return done;
  if (Result<void> done = check_missing(planner); !done) return done;
  if (Result<void> done = check_usage(memory, planner.current); !done) return done;
  const std::int64_t limit = memory.limit.value_or(0);
  const Result<std::optional<Limit>> swap =
      swap_max(limit_beside_swap(memory, planner.current), memory.swap.value_or(0));
  if (!swap) return swap.error();
  // Before memory.max: what does not fit under the new limit may then be swapped out.
  if (*swap) {
    FileWrite write = memory_write("memory.swap.max", **swap, memory.swap ? "/memory/swap" : "/memory/limit");
    write.on_failure.ignore_missing = (*swap)->unlimited() || (*swap)->printed() == 0;
    planner.add(std::move(write));
  }
  if (limit != 0) planner.add(memory_write("memory.max", to_limit(limit), "/memory/limit"));
  if (const std::int64_t low = memory.reservation.value_or(0); low != 0) {
    planner.add(memory_write("memory.low", to_limit(low), "/memory/reservation"));
  }
  return {};
}

}  // namespace crunc::cgroups::v2
