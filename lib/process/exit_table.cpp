// SPDX-License-Identifier: Apache-2.0
// Attribution of exits.

#include "process/exit_table.hpp"

#include <algorithm>

namespace crunc::process {

void ExitTable::start(const ProcessMonitor::Make& make) {
  const std::shared_lock making(gate_);
  const std::shared_ptr<Process> process = make();
  if (process) add(process);
}

void ExitTable::add(const std::shared_ptr<Process>& process) {
  const std::lock_guard lock(mutex_);
  watched_[process->pid()].push_back(process);
  if (watched_.size() < next_sweep_) return;
  for (auto entry = watched_.begin(); entry != watched_.end();) {
    std::erase_if(entry->second, [](const std::weak_ptr<Process>& each) { return each.expired(); });
    entry = entry->second.empty() ? watched_.erase(entry) : std::next(entry);
  }
  next_sweep_ = 2 * watched_.size() + 256;
}

void ExitTable::follow(const std::shared_ptr<Process>& process) {
  add(process);
  // It may have been reaped as nobody's between the look at it and now.
  if (!process->has_ended()) return;
  if (const std::optional<ExitStatus> known = recall(process->pid())) process->deliver(*known);
}

std::optional<ExitStatus> ExitTable::recall(pid_t pid) {
  const std::lock_guard none_is_on_its_way(taking_);
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(recent_.rbegin(), recent_.rend(), [pid](const Exit& exit) { return exit.pid == pid; });
  return found == recent_.rend() ? std::nullopt : std::optional(found->status);
}

void ExitTable::forget(pid_t pid) {
  const std::lock_guard lock(mutex_);
  std::erase_if(recent_, [pid](const Exit& exit) { return exit.pid == pid; });
}

void ExitTable::forget_all() {
  const std::lock_guard lock(mutex_);
  recent_.clear();
}

std::vector<std::shared_ptr<Process>> ExitTable::watched(pid_t pid) {
  std::vector<std::shared_ptr<Process>> result;
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(pid);
  if (found == watched_.end()) return result;
  std::erase_if(found->second, [](const std::weak_ptr<Process>& each) { return each.expired(); });
  for (const std::weak_ptr<Process>& each : found->second) {
    if (auto process = each.lock()) result.push_back(std::move(process));
  }
  if (found->second.empty()) watched_.erase(found);
  return result;
}

bool ExitTable::attribute(pid_t pid, const Take& take) {
  if (std::ranges::none_of(watched(pid), &Process::awaits_status)) {
    const std::unique_lock none_is_being_made(gate_);
  }
  const std::lock_guard on_its_way(taking_);
  std::optional<ExitStatus> status = take();
  if (!status) return true;
  status->set_time(ExitStatus::Clock::now());
  // To the eldest that has ended and does not know how: exits of one pid are told in order.
  for (const std::shared_ptr<Process>& process : watched(pid)) {
    if (process->deliver(*status)) return true;
  }
  const std::lock_guard lock(mutex_);
  recent_.push_back({pid, *status});
  if (recent_.size() > remembered_) recent_.pop_front();
  return false;
}

}  // namespace crunc::process
