// SPDX-License-Identifier: Apache-2.0
// The order of exits.

#include "task/exit_order.hpp"

#include <algorithm>

namespace crunc::task {

ExitOrder::Entry& ExitOrder::entry(std::string_view id) {
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  return found != entries_.end() ? *found : entries_.emplace_back(Entry{.id = std::string(id)});
}

void ExitOrder::starting(std::string_view id) { entry(id).is_starting = true; }

void ExitOrder::settled(std::string_view id, bool runs) {
  if (!runs && !id.empty()) {
    std::erase_if(entries_, [id](const Entry& each) { return each.id == id; });
    return;
  }
  entry(id).is_starting = false;
}

void ExitOrder::running(std::string_view id) { static_cast<void>(entry(id)); }

void ExitOrder::ended(std::string_view id) { entry(id).has_ended = true; }

bool ExitOrder::may_be_told(const Entry& entry) const {
  if (!entry.has_ended || entry.is_starting || entry.is_told) return false;
  if (!entry.id.empty() || !is_patient_) return true;
  return std::ranges::all_of(entries_, [](const Entry& each) { return each.id.empty() || each.is_told; });
}

std::vector<std::string> ExitOrder::take() {
  std::vector<std::string> result;
  const auto tell = [&](Entry& each) {
    if (!may_be_told(each)) return;
    each.is_told = true;
    result.push_back(each.id);
  };
  // The first process after the others, whose exits may be what it waits for.
  for (Entry& each : entries_) {
    if (!each.id.empty()) tell(each);
  }
  for (Entry& each : entries_) {
    if (each.id.empty()) tell(each);
  }
  std::erase_if(entries_, [](const Entry& each) { return each.is_told && !each.id.empty(); });
  return result;
}

}  // namespace crunc::task
