// SPDX-License-Identifier: Apache-2.0
// A task's cgroup: found by its first process, watched for OOM kills, signalled as a whole.

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <crunc/cgroups/directories.hpp>
#include <crunc/cgroups/hierarchy.hpp>

#include "task/member_watch.hpp"
#include "task/supervision.hpp"

namespace crunc::task {
namespace {

/// A runtime that makes no cgroup leaves the container in this process' own, or in one around it, and what is done to
/// that is done to us.
bool is_around_us(const cgroups::Hierarchy& hierarchy, const cgroups::Cgroup& cgroup) {
  const Result<cgroups::Cgroup> own = cgroups::Cgroup::load(hierarchy, 0);
  return cgroup.path().is_root() || (own && cgroup.path().contains(own->path()));
}

/// One of the container's own; null when there is none.
template <class Where>
std::shared_ptr<cgroups::Cgroup> own_cgroup(const Where& where) {
  const Result<cgroups::Hierarchy> hierarchy = cgroups::Hierarchy::system();
  if (!hierarchy) return nullptr;
  Result<cgroups::Cgroup> cgroup = cgroups::Cgroup::load(*hierarchy, where);
  if (!cgroup || is_around_us(*hierarchy, *cgroup)) return nullptr;
  return std::make_shared<cgroups::Cgroup>(std::move(*cgroup));
}

}  // namespace

void Supervision::find_cgroup(pid_t pid) { use_cgroup(own_cgroup(pid), {}); }

void Supervision::load_cgroup(const std::map<std::string, std::string>& paths, std::uint64_t oom_kills_told) {
  if (!paths.empty()) use_cgroup(own_cgroup(paths), oom_kills_told);
}

void Supervision::use_cgroup(std::shared_ptr<cgroups::Cgroup> cgroup, std::optional<std::uint64_t> oom_kills_told) {
  if (!cgroup) return;
  const std::shared_ptr<const cgroups::Cgroup> owner = cgroup;
  Result<cgroups::MemoryEvents> events =
      cgroups::MemoryEvents::open(cgroups::directories_of(owner), {.since_creation = oom_kills_told.has_value()});
  {
    const std::lock_guard lock(oom_mutex_);
    if (events) memory_events_.emplace(std::move(*events));
    oom_kills_to_skip_ = oom_kills_told.value_or(0);
    oom_kills_told_ = oom_kills_told.value_or(0);
  }
  const std::lock_guard lock(cgroup_mutex_);
  cgroup_ = std::move(cgroup);
}

Result<std::shared_ptr<cgroups::Cgroup>> Supervision::cgroup() const {
  const std::lock_guard lock(cgroup_mutex_);
  if (cgroup_) return cgroup_;
  Error error(Errc::unsupported, "the container has no cgroup of its own");
  error.container = id_;
  return error;
}

bool Supervision::look_for_oom() {
  const std::lock_guard lock(oom_mutex_);
  if (!memory_events_) return false;
  const Result<cgroups::MemoryEvent> event = memory_events_->read();
  if (!event) return false;
  const std::uint64_t skipped = std::min(event->oom_kills, oom_kills_to_skip_);
  oom_kills_to_skip_ -= skipped;
  if (const std::uint64_t kills = event->oom_kills - skipped; kills > 0) {
    oom_kills_told_ += kills;
    tell({.kind = TaskEvent::Kind::oom, .oom_kills = kills});
    write_down();
  }
  return !event->removed;
}

void Supervision::drive_oom() {
  if (memory_events_) start(std::make_shared<OomWatch>(shared_from_this()));
}

void Supervision::thaw_for_kill() {
  const std::lock_guard lock(cgroup_mutex_);
  if (!cgroup_ || cgroup_->directory_fd(cgroups::Controller::freezer) < 0) return;
  static_cast<void>(cgroup_->thaw());
}

Result<void> Supervision::kill_all(Signal signal) {
  const Result<std::shared_ptr<cgroups::Cgroup>> found = cgroup();
  if (!found) return found.error();
  if (signal.number() == SIGKILL) {
    const std::lock_guard lock(cgroup_mutex_);
    return (*found)->kill();
  }
  return (*found)->signal(signal);
}

}  // namespace crunc::task
