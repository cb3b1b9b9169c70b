// SPDX-License-Identifier: Apache-2.0
// Removing a cgroup: rmdir(2) and nothing else, those below first.

#include <algorithm>

#include "cgroups/held.hpp"
#include "cgroups/members.hpp"

namespace crunc::cgroups {
namespace {

using std::chrono::milliseconds;

bool is_busy(std::error_code why) {
  // The latter on plain directories only.
  return why == std::errc::device_or_resource_busy || why == std::errc::directory_not_empty;
}

bool is_done(std::error_code why) {
  return !why || why == std::errc::no_such_file_or_directory || why == std::errc::no_such_device;
}

/// Removes what is below, as far as it goes.
void remove_below(const Directory& directory) {
  const auto tree = tree_of(directory);
  if (!tree) return;
  for (size_t i = tree->size() - 1; i > 0; --i) {
    const std::string& relative = (*tree)[i];
    const size_t slash = relative.rfind('/');
    const auto parent = directory.open(slash == std::string::npos ? "" : std::string_view(relative).substr(0, slash));
    if (parent) static_cast<void>(parent->remove(std::string_view(relative).substr(slash + 1)));
  }
}

Error busy(const Slot& slot, bool recursive, std::error_code why) {
  const auto pids = members_of(slot.directory, Members::processes, slot.is_v2(), Recursion::descendants);
  std::string what = pids ? name_pids(*pids) : "";
  if (what.empty() && !recursive) what = "cgroups of its own";
  return Error(Errc::cgroup_busy, "remove " + slot.directory.path() + (what.empty() ? "" : ", which has " + what), why);
}

/// Waits for processes to end, or, where none are listed, for the kernel to be done with those that did.
bool wait_a_little(const Slot& slot, milliseconds& pause, Clock::time_point deadline) {
  if (Clock::now() >= deadline) return false;
  const auto pids = members_of(slot.directory, Members::processes, slot.is_v2(), Recursion::descendants);
  if (pids && !pids->empty()) {
    const auto empty = wait_until_empty(slot.directory, slot.is_v2(), deadline);
    if (!empty || !*empty) return false;
  } else {
    pause_for(std::min<Clock::duration>(pause, deadline - Clock::now()));
    pause *= 2;
  }
  return true;
}

Result<void> remove_slot(const Slot& slot, const RemoveOptions& options, Clock::time_point deadline) {
  const auto parent = slot.mount->root.open(std::string_view(slot.path.parent().str()).substr(1));
  const auto named = parent ? parent->open(slot.path.name()) : Result<Directory>(parent.error());
  if (!named) {
    const Errc code = named.error().code;
    if (code == Errc::cgroup_not_found || code == Errc::cgroup_gone) return {};
    return named.error();
  }
  if (!named->is_same(slot.directory)) return {};  // another of the same path
  milliseconds pause{1};
  for (;;) {
    std::error_code why = parent->remove(slot.path.name());
    if (is_busy(why) && options.recursive) {
      remove_below(slot.directory);
      why = parent->remove(slot.path.name());
    }
    if (is_done(why)) return {};
    if (!is_busy(why)) return parent->error("remove", slot.path.name(), why);
    if (!wait_a_little(slot, pause, deadline)) return busy(slot, options.recursive, why);
  }
}

}  // namespace

Result<void> Cgroup::remove(const RemoveOptions& options) {
  for (const Slot& slot : held_->slots) {
    if (slot.path.is_root() && !held_->is_optional(slot)) return refuse_root(slot, "remove");
  }
  const Clock::time_point deadline = Clock::now() + options.timeout;
  Result<void> result{};
  for (const Slot& slot : held_->slots) {
    if (slot.path.is_root()) continue;
    const auto removed = remove_slot(slot, options, deadline);
    if (!removed && result) result = removed.error();
  }
  return result;
}

}  // namespace crunc::cgroups
