// SPDX-License-Identifier: Apache-2.0
// Moving processes and threads into cgroups.

#include <algorithm>

#include "cgroups/held.hpp"
#include "cgroups/members.hpp"

namespace crunc::cgroups {
namespace {

using std::chrono::milliseconds;

/// Writes an id to a list of members; tries again what is refused because the process is just being made.
/// @source libcontainer's WriteCgroupProc
Result<void> join(const Directory& directory, const char* list, pid_t id) {
  constexpr int tries = 6;
  constexpr milliseconds pause{30};
  for (int i = 1;; ++i) {
    auto written = directory.write(list, std::to_string(id));
    if (written || written.error().system != std::errc::invalid_argument || i == tries) {
      if (!written && written.error().system == std::errc::device_or_resource_busy) {
        Error error = written.error();
        error.code = Errc::cgroup_busy;
        return error;
      }
      return written;
    }
    pause_for(pause);
  }
}

Result<void> join_all(const Held& held, Members kind, pid_t id, ControllerSet only) {
  if (id <= 0) return Error(Errc::invalid_argument, "pid " + std::to_string(id));
  const bool all = only == ControllerSet::all();
  const auto list_in = [kind](const Slot& slot) {
    if (kind == Members::processes) return "cgroup.procs";
    return slot.is_v2() ? "cgroup.threads" : "tasks";
  };
  const bool has_v2_only = held.mounts->mode == Mode::unified;
  for (const Slot& slot : held.slots) {
    const bool is_named = !(slot.mount->controllers & only).empty();
    if (held.is_optional(slot) && (all || !is_named)) continue;
    if (!all && !is_named && !has_v2_only) continue;
    if (const auto joined = join(slot.directory, list_in(slot), id); !joined) return joined.error();
  }
  if (!all) return {};
  for (const Slot& slot : held.slots) {
    if (held.is_optional(slot)) static_cast<void>(slot.directory.write(list_in(slot), std::to_string(id)));
  }
  return {};
}

/// Moves each process of one hierarchy once. True: there was none left.
Result<bool> move_pass(const Slot& from, const Slot& to) {
  const auto tree = tree_of(from.directory);
  if (!tree) return tree.error();
  const bool is_below = from.path.contains(to.path) && from.path != to.path;
  const std::string skipped =
      is_below ? to.path.str().substr(from.path.is_root() ? 1 : from.path.str().size() + 1) : "";
  bool found = false;
  for (const std::string& relative : *tree) {
    if (is_below && (relative == skipped || relative.starts_with(skipped + "/"))) continue;
    const auto here = from.directory.open(relative);
    const auto pids =
        here ? members_of(*here, Members::processes, from.is_v2()) : Result<std::vector<pid_t>>(here.error());
    if (!pids && relative.empty()) return pids.error();
    if (!pids) continue;  // went away
    for (const pid_t pid : *pids) {
      found = true;
      const auto joined = join(to.directory, "cgroup.procs", pid);
      if (!joined && joined.error().system != std::errc::no_such_process) return joined.error();
    }
  }
  return !found;
}

Result<void> move_slot(const Slot& from, const Slot& to) {
  if (from.directory.is_same(to.directory)) return {};
  constexpr int passes = 100;
  for (int i = 0; i < passes; ++i) {
    const auto done = move_pass(from, to);
    if (!done) return done.error();
    if (*done) return {};
  }
  const auto left = members_of(from.directory, Members::processes, from.is_v2(), Recursion::descendants);
  return Error(Errc::cgroup_busy, from.directory.path() + " still has " + (left ? name_pids(*left) : "processes"));
}

}  // namespace

Result<void> Cgroup::add_process(pid_t pid, ControllerSet only) {
  return join_all(*held_, Members::processes, pid, only);
}

Result<void> Cgroup::add_thread(pid_t tid, ControllerSet only) { return join_all(*held_, Members::threads, tid, only); }

Result<void> Cgroup::move_to(Cgroup& destination) {
  const Held& to = Held::of(destination);
  for (const Slot& slot : held_->slots) {
    if (to.in(slot.mount) == nullptr && !held_->is_optional(slot)) {
      return Error(Errc::invalid_argument,
                   "move from " + slot.directory.path() + ": " + to.lister().path.str() + " is not in that hierarchy");
    }
  }
  for (const Slot& slot : held_->slots) {
    const Slot* const target = to.in(slot.mount);
    if (target == nullptr) continue;
    if (const auto moved = move_slot(slot, *target); !moved && !held_->is_optional(slot)) return moved.error();
  }
  return {};
}

}  // namespace crunc::cgroups
