// SPDX-License-Identifier: Apache-2.0
// cgroup.procs, cgroup.threads and tasks.

#include "cgroups/members.hpp"

#include <algorithm>

#include <fcntl.h>

#include "core/text.hpp"
#include "sys/calls.hpp"
#include "sys/pidfd.hpp"

namespace crunc::cgroups {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

timespec to_timespec(nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
}

/// What a cgroup says that goes away while it is looked at.
bool is_vanished(const Error& error) {
  return error.code == Errc::cgroup_gone || error.code == Errc::cgroup_not_found ||
         error.system == std::errc::no_such_file_or_directory;
}

bool is_populated(std::string_view events) { return events.find("populated 0") == std::string_view::npos; }

Result<bool> wait_by_events(const Directory& directory, Clock::time_point deadline) {
  const auto file = directory.open_file("cgroup.events", O_RDONLY);
  if (!file) return file.error();
  for (;;) {
    constexpr size_t longest = 4096;
    const auto text = sys::read_whole(file->get(), longest);
    if (!text) return directory.error("read", "cgroup.events", text.error());
    if (!is_populated(*text)) return true;
    pollfd entry{.fd = file->get(), .events = POLLPRI, .revents = 0};
    if (!poll_until(&entry, 1, deadline)) return false;
  }
}

/// Waits until one of some processes has ended. False: the deadline passed.
bool wait_for_one(const std::vector<pid_t>& pids, Clock::time_point deadline) {
  constexpr size_t at_once = 64;
  std::vector<sys::Fd> pidfds;
  std::vector<pollfd> entries;
  for (size_t i = 0; i < std::min(pids.size(), at_once); ++i) {
    auto pidfd = sys::open_pidfd(pids[i]);
    if (!pidfd) continue;
    entries.push_back({.fd = pidfd->get(), .events = POLLIN, .revents = 0});
    pidfds.push_back(std::move(*pidfd));
  }
  if (entries.empty()) return Clock::now() < deadline;  // ended meanwhile
  return poll_until(entries.data(), entries.size(), deadline);
}

Result<bool> wait_by_pids(const Directory& directory, bool is_v2, Clock::time_point deadline) {
  std::vector<pid_t> before;
  milliseconds pause{1};
  for (;;) {
    const auto pids = members_of(directory, Members::processes, is_v2, Recursion::descendants);
    if (!pids) return pids.error();
    if (pids->empty()) return true;
    if (*pids == before) {  // ended, and still in the list
      pause_for(pause);
      pause = std::min(pause * 2, milliseconds(64));
    }
    if (!wait_for_one(*pids, deadline)) return false;
    before = *pids;
  }
}

}  // namespace

std::vector<pid_t> parse_pids(std::string_view text) {
  std::vector<pid_t> pids;
  for (const std::string_view line : core::split_lines(text)) {
    const auto pid = core::parse_number<pid_t>(core::trim(line));
    if (pid && *pid > 0) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

Result<std::vector<std::string>> tree_of(const Directory& directory) {
  std::vector<std::string> tree{""};
  for (size_t i = 0; i < tree.size(); ++i) {
    const auto here = directory.open(tree[i]);
    const auto names = here ? here->children() : Result<std::vector<std::string>>(here.error());
    if (!names && i > 0 && is_vanished(names.error())) continue;
    if (!names) return names.error();
    const std::string prefix = tree[i].empty() ? "" : tree[i] + "/";
    for (const std::string& name : *names) tree.push_back(prefix + name);
  }
  return tree;
}

Result<std::vector<pid_t>> members_of(const Directory& directory, Members kind, bool is_v2) {
  const char* const threads = is_v2 ? "cgroup.threads" : "tasks";
  auto text = directory.read(kind == Members::threads ? threads : "cgroup.procs");
  if (!text && is_v2 && text.error().system == std::errc::operation_not_supported) text = directory.read(threads);
  if (!text) return text.error();
  return parse_pids(*text);
}

Result<std::vector<pid_t>> members_of(const Directory& directory, Members kind, bool is_v2, Recursion recursion) {
  if (recursion == Recursion::self) return members_of(directory, kind, is_v2);
  const auto tree = tree_of(directory);
  if (!tree) return tree.error();
  std::vector<pid_t> all;
  for (const std::string& relative : *tree) {
    const auto here = directory.open(relative);
    const auto pids = here ? members_of(*here, kind, is_v2) : Result<std::vector<pid_t>>(here.error());
    if (!pids && !relative.empty() && is_vanished(pids.error())) continue;
    if (!pids) return pids.error();
    all.insert(all.end(), pids->begin(), pids->end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<bool> wait_until_empty(const Directory& directory, bool is_v2, Clock::time_point deadline) {
  const auto empty = is_v2 ? wait_by_events(directory, deadline) : wait_by_pids(directory, is_v2, deadline);
  if (!empty && empty.error().code == Errc::cgroup_gone) return true;
  return empty;
}

void pause_for(nanoseconds time) noexcept {
  const timespec rest = to_timespec(std::max(time, nanoseconds(0)));
  sys::calls().poll(nullptr, 0, &rest);
}

bool poll_until(pollfd* fds, size_t count, Clock::time_point deadline) noexcept {
  for (;;) {
    const auto left = std::max(deadline - Clock::now(), Clock::duration(0));
    const timespec rest = to_timespec(left);
    const int ready = sys::calls().poll(fds, count, &rest);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR || left.count() == 0) return false;
  }
}

std::string name_pids(const std::vector<pid_t>& pids) {
  if (pids.empty()) return "";
  constexpr size_t most = 16;
  std::string text = pids.size() == 1 ? "process " : "processes ";
  for (size_t i = 0; i < std::min(pids.size(), most); ++i) text += (i == 0 ? "" : ", ") + std::to_string(pids[i]);
  if (pids.size() > most) text += " and " + std::to_string(pids.size() - most) + " more";
  return text;
}

}  // namespace crunc::cgroups
