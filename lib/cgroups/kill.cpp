// SPDX-License-Identifier: Apache-2.0
// Signals to all processes of a cgroup.

#include <algorithm>
#include <csignal>
#include <set>

#include "cgroups/freezer.hpp"
#include "cgroups/held.hpp"
#include "cgroups/members.hpp"
#include "sys/pidfd.hpp"

namespace crunc::cgroups {
namespace {

using Pids = std::vector<pid_t>;

Result<Pids> all_in(const Slot& slot) {
  return members_of(slot.directory, Members::processes, slot.is_v2(), Recursion::descendants);
}

/// Signals those of `batch` that are in the cgroup still: a pid in the list that is read after its pidfd was opened is
/// that of the pidfd's process, or of one that came after that one's end, which the pidfd does not reach.
Result<void> signal_batch(const Slot& slot, const Pids& batch, Signal signal) {
  std::vector<std::pair<pid_t, sys::Fd>> pidfds;
  for (const pid_t pid : batch) {
    if (auto pidfd = sys::open_pidfd(pid)) {
      pidfds.emplace_back(pid, std::move(*pidfd));
    } else if (pidfd.error() != std::errc::no_such_process) {
      return Error(Errc::system_error, "open a pidfd of " + std::to_string(pid), pidfd.error());
    }
  }
  const auto members = all_in(slot);
  if (!members) return members.error();
  for (const auto& [pid, pidfd] : pidfds) {
    if (!std::binary_search(members->begin(), members->end(), pid)) continue;
    const std::error_code failed = sys::send_signal(pidfd.get(), signal.number());
    if (failed && failed != std::errc::no_such_process) {
      return Error(Errc::system_error,
                   "send " + signal.name() + " to process " + std::to_string(pid) + " of " + slot.directory.path(),
                   failed);
    }
  }
  return {};
}

/// Signals all until a look finds none that was not signalled yet.
Result<void> signal_all(const Slot& slot, Signal signal) {
  constexpr int passes = 100;
  constexpr size_t batch_size = 64;
  std::set<pid_t> signalled;
  for (int pass = 0; pass < passes; ++pass) {
    const auto members = all_in(slot);
    if (!members) return members.error();
    Pids fresh;
    std::copy_if(members->begin(), members->end(), std::back_inserter(fresh),
                 [&](pid_t pid) { return signalled.insert(pid).second; });
    if (fresh.empty()) return {};
    for (size_t i = 0; i < fresh.size(); i += batch_size) {
      const Pids batch(fresh.begin() + static_cast<std::ptrdiff_t>(i),
                       fresh.begin() + static_cast<std::ptrdiff_t>(std::min(i + batch_size, fresh.size())));
      if (const auto sent = signal_batch(slot, batch, signal); !sent) return sent;
    }
  }
  return Error(Errc::cgroup_busy, slot.directory.path() + " makes processes as fast as they are killed");
}

/// Whether one stroke of v2's kill file reaches all processes that `slot` lists.
bool is_covered(const Slot& slot, const Slot& unified) {
  if (&slot == &unified) return true;
  const auto listed = all_in(slot);
  const auto reached = all_in(unified);
  return listed && reached && std::includes(reached->begin(), reached->end(), listed->begin(), listed->end());
}

/// Kills by cgroup.kill. False: there is none (before 5.14, or a threaded cgroup), or it would not reach all.
bool kill_at_once(const Held& held, const Slot& lister) {
  const Slot* const unified = held.unified();
  if (unified == nullptr || unified->path.is_root()) return false;
  const bool covered = is_covered(lister, *unified);
  return unified->directory.write("cgroup.kill", "1").has_value() && covered;
}

const Slot* freezer_of(const Held& held) {
  const Slot* const v1 = held.of(Controller::freezer);
  return v1 != nullptr ? v1 : held.unified();
}

Result<void> kill_by_signals(const Held& held, const Slot& lister) {
  const Slot* const freezer = freezer_of(held);
  const bool can_freeze = freezer != nullptr && !freezer->path.is_root();
  // Without it the passes have to outrun those that fork.
  constexpr std::chrono::seconds patience{2};
  if (can_freeze) static_cast<void>(freeze(freezer->directory, freezer->is_v2(), Clock::now() + patience));
  return signal_all(lister, SIGKILL);
}

/// A threaded cgroup has threads of processes that are elsewhere.
Result<void> refuse_threaded(const Cgroup& cgroup, const Slot& lister) {
  if (!lister.is_v2()) return {};
  const auto type = cgroup.type();
  if (!type || *type != CgroupType::threaded) return {};
  return Error(Errc::unsupported,
               lister.directory.path() + " is threaded: processes are killed by the domain above it");
}

Result<void> wait_for_end(const Slot& slot, std::chrono::milliseconds wait) {
  if (wait.count() <= 0) return {};
  const auto empty = wait_until_empty(slot.directory, slot.is_v2(), Clock::now() + wait);
  if (!empty) return empty.error();
  if (*empty) return {};
  const auto left = all_in(slot);
  return Error(Errc::timed_out, slot.directory.path() + " still has " + (left ? name_pids(*left) : "processes"));
}

}  // namespace

Result<void> Cgroup::signal(Signal signal) const {
  const Slot& lister = held_->lister();
  if (lister.path.is_root()) return refuse_root(lister, "signal");
  if (const auto threaded = refuse_threaded(*this, lister); !threaded) return threaded.error();
  return signal_all(lister, signal);
}

Result<void> Cgroup::kill(std::chrono::milliseconds wait) {
  const Slot& lister = held_->lister();
  if (lister.path.is_root()) return refuse_root(lister, "kill");
  if (const auto threaded = refuse_threaded(*this, lister); !threaded) return threaded.error();
  Result<void> killed{};
  if (!kill_at_once(*held_, lister)) killed = kill_by_signals(*held_, lister);
  // On v1 a frozen process does not die; and whoever froze it before wants it dead now.
  if (const Slot* const freezer = freezer_of(*held_); freezer != nullptr && !freezer->path.is_root()) {
    static_cast<void>(cgroups::thaw(freezer->directory, freezer->is_v2()));
  }
  if (!killed) return killed;
  return wait_for_end(lister, wait);
}

}  // namespace crunc::cgroups
