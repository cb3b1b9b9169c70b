// SPDX-License-Identifier: Apache-2.0
// OOM kills as the kernel's log has them, for cgroups whose counters are gone before they can be read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace crunc::cgroups {

/// The cgroup that a record of /dev/kmsg says to have had a process killed for want of memory. Nothing: it says no such
/// thing, or it is not the kernel that says it.
/// @source kernel ABI/testing/dev-kmsg; mem_cgroup_print_oom_context(), since Linux 5.0
[[nodiscard]] std::optional<std::string> cgroup_of_oom_record(std::string_view record);

class OomLog;

/// How many OOM kills in one cgroup have been logged since this was made. All share one descriptor.
///
/// The log is no counter: the kernel leaves records out when more than ten processes are killed within five seconds.
/// @threads safe
class LoggedKills {
 public:
  /// Of the cgroup at this path; `below`: and of those below it. Null: the log may not be read here (CAP_SYSLOG).
  [[nodiscard]] static std::unique_ptr<LoggedKills> follow(std::string path, bool below);
  ~LoggedKills();
  LoggedKills(const LoggedKills&) = delete;
  LoggedKills& operator=(const LoggedKills&) = delete;

  [[nodiscard]] std::uint64_t count();

 private:
  friend class OomLog;
  LoggedKills(std::shared_ptr<OomLog> log, std::string path, bool below);
  void note(std::string_view cgroup);

  std::shared_ptr<OomLog> log_;
  std::string path_;
  bool below_ = false;
  std::uint64_t count_ = 0;  ///< guarded by the log
};

}  // namespace crunc::cgroups
