// SPDX-License-Identifier: Apache-2.0
// What a task keeps in its directory.

#include <algorithm>
#include <utility>

#include <crunc/container.hpp>

#include "sys/calls.hpp"
#include "task/directory.hpp"
#include "task/supervision.hpp"

namespace crunc::task {

Result<void> Supervision::save() const {
  const std::lock_guard lock(record_mutex_);
  Record record{.id = id_, .bundle = bundle_, .made_directory = owns_directory_, .oom_kills = oom_kills_told_};
  {
    const std::lock_guard cgroup_lock(cgroup_mutex_);
    if (cgroup_) record.cgroup_paths = cgroup_->paths();
  }
  {
    const std::lock_guard state_lock(mutex_);
    if (is_removed_) return {};
  }
  for (const auto& each : members()) record.processes.push_back(each->record());
  return task::save(record, directory_);
}

pid_t Supervision::pid_of_unknown(const std::string& exec_id) const {
  const Result<pid_t> pid = read_pid_file(pid_path(directory_, exec_id));
  const Result<std::shared_ptr<cgroups::Cgroup>> found = cgroup();
  if (!pid || !found) return 0;
  const Result<std::vector<pid_t>> pids = (*found)->processes(cgroups::Recursion::descendants);
  return pids && std::ranges::binary_search(*pids, *pid) ? *pid : 0;
}

std::vector<pid_t> Supervision::pids_around(pid_t pid) const {
  std::vector<pid_t> result{pid};
  const Result<std::shared_ptr<cgroups::Cgroup>> found = cgroup();
  if (!found) return result;
  const Result<std::vector<pid_t>> others = (*found)->processes(cgroups::Recursion::descendants);
  if (others) result.insert(result.end(), others->begin(), others->end());
  return result;
}

void Supervision::clean_up() {
  const std::lock_guard lock(record_mutex_);
  {
    const std::lock_guard state_lock(mutex_);
    is_removed_ = true;
  }
  Record record;
  for (const auto& each : members()) record.processes.push_back(each->record());
  clean_up(record);
}

void Supervision::clean_up(const Record& record) const {
  for (const ProcessRecord& each : record.processes) {
    remove_pid_file(directory_, each.id);
  }
  remove_unfinished_record(directory_);
  sys::calls().unlink(record_path(directory_).c_str());
  if (owns_directory_) remove_directory(directory_);
}

}  // namespace crunc::task
