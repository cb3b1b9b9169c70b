// SPDX-License-Identifier: Apache-2.0
// memory on v1. The limit of memory and swap together may at no moment be below that of memory, so what is in force
// decides which of the two goes first.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v1 {
namespace {

FileWrite memory_write(std::string file, std::int64_t value, std::string field) {
  return {.controller = Controller::memory,
          .file = std::move(file),
          .value = std::to_string(value),
          .field = std::move(field),
          .before_join = true};
}

/// `a` as a limit: -1 is none.
Limit to_limit(std::int64_t a) { return a < 0 ? Limit() : Limit(static_cast<std::uint64_t>(a)); }

/// What the kernel would refuse with no more than EINVAL.
Result<void> check_against_current(std::int64_t limit, std::int64_t swap, const CurrentLimits& current) {
  if (limit == -1 && swap > 0) {
    return field_error(Errc::invalid_argument, "/memory/swap", "is below the limit of memory, which is none");
  }
  if (swap == 0 && limit > 0 && current.memory_swap_limit) {
    if (to_limit(limit).printed() > current.memory_swap_limit->printed()) {
      return field_error(Errc::invalid_argument, "/memory/limit",
                         "is above the limit of memory and swap in force, " +
                             std::to_string(current.memory_swap_limit->printed()) + ": set /memory/swap with it");
    }
  }
  if (limit == 0 && swap > 0 && current.memory_limit && to_limit(swap).printed() < current.memory_limit->printed()) {
    return field_error(Errc::invalid_argument, "/memory/swap",
                       current.memory_limit->unlimited()
                           ? "is below the limit of memory in force, which is none: set /memory/limit with it"
                           : "is below the limit of memory in force, " +
                                 std::to_string(current.memory_limit->printed()) + ": set /memory/limit with it");
  }
  return {};
}

void plan_limits(Planner& planner, std::int64_t limit, std::int64_t swap) {
  const CurrentLimits& current = planner.current;
  FileWrite memory = memory_write("memory.limit_in_bytes", limit, "/memory/limit");
  FileWrite both = memory_write("memory.memsw.limit_in_bytes", swap, "/memory/swap");
  // No limit is none where the kernel counts no swap, and has no file for it.
  both.on_failure.ignore_missing = swap == -1;
  if (limit == -1 && swap == 0) {
    both.value = "-1";
    both.field = "/memory/limit";
    both.on_failure.ignore_missing = true;
    swap = -1;
  }
  const std::uint64_t in_force = current.memory_limit.value_or(Limit()).printed();
  const bool both_first = swap == -1 || in_force < to_limit(swap).printed();
  if (swap != 0 && both_first) planner.add(both);
  if (limit != 0) planner.add(std::move(memory));
  if (swap != 0 && !both_first) planner.add(std::move(both));
}

}  // namespace

Result<void> plan_memory(Planner& planner) {
  const oci::Memory& memory = *planner.resources.memory;
  if (Result<void> done = check_memory(planner); !done) return done;
  if (memory.swappiness && *memory.swappiness > 100 && *memory.swappiness != UINT64_MAX) {
    return field_error(Errc::invalid_argument, "/memory/swappiness", "is beyond 0 to 100");
  }
  const std::int64_t limit = memory.limit.value_or(0);
  const std::int64_t swap = memory.swap.value_or(0);
  if (Result<void> done = check_against_current(limit, swap, planner.current); !done) return done;
  plan_limits(planner, limit, swap);
  if (const std::int64_t low = memory.reservation.value_or(0); low != 0) {
    planner.add(memory_write("memory.soft_limit_in_bytes", low, "/memory/reservation"));
  }
  if (memory.disable_oom_killer) {
    planner.add(memory_write("memory.oom_control", *memory.disable_oom_killer ? 1 : 0, "/memory/disableOOMKiller"));
  }
  if (memory.swappiness && *memory.swappiness != UINT64_MAX) {
    planner.add(memory_write("memory.swappiness", static_cast<std::int64_t>(*memory.swappiness), "/memory/swappiness"));
  }
  return {};
}

}  // namespace crunc::cgroups::v1
