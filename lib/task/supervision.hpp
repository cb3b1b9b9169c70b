// SPDX-License-Identifier: Apache-2.0
// What the handles of one task share: its processes, its cgroup, and the order in which things are told.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/events.hpp>
#include <crunc/error.hpp>
#include <crunc/monitor.hpp>
#include <crunc/runc.hpp>
#include <crunc/task.hpp>

#include "process/async_driver.hpp"
#include "task/exit_order.hpp"
#include "task/member.hpp"
#include "task/record.hpp"
#include "task/start_time.hpp"

namespace crunc::task {

/// Two rules keep the order. What is to be told is put into one queue in the same breath as it is decided (mutex_), and
/// the queue is emptied by one thread at a time. And whoever learns of an end looks for OOM kills first (oom_mutex_).
/// @threads safe
class Supervision : public std::enable_shared_from_this<Supervision> {
 public:
  Supervision(Runc runc, std::string id, std::string bundle, std::string directory, bool owns_directory,
              TaskOptions options);

  [[nodiscard]] const Runc& runc() const noexcept { return runc_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] const TaskOptions& options() const noexcept { return options_; }

  // The processes
  [[nodiscard]] std::shared_ptr<Member> init() const { return find(""); }
  [[nodiscard]] std::shared_ptr<Member> find(std::string_view id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Member>> members() const;
  /// Watch a process of the runtime's: by the monitor of its options. If what has the pid now did not start in that
  /// time then the process that is meant is gone.
  [[nodiscard]] Result<void> identify(Member& member, pid_t pid, const StartTime& started) const;
  /// One more process; refused if its id is in use, or the first process has ended.
  [[nodiscard]] Result<void> add(const std::shared_ptr<Member>& member);
  /// One that runs already.
  void join(const std::shared_ptr<Member>& member);
  /// Take one back that came to nothing.
  void drop(const std::shared_ptr<Member>& member);
  [[nodiscard]] Result<void> forget(std::string_view exec_id);

  // What is told
  /// A call that starts this process is under way.
  void starting(std::string_view id);
  /// It is over; if it `runs`, that is told.
  void settled(std::string_view id, bool runs);
  void tell(TaskEvent event);
  /// Told as it was told before, so that only the handles hear of it.
  void recall(const std::shared_ptr<Member>& member, const ExitStatus& status);

  // The driving of it
  /// Drive this process' streams and watch for its end.
  void drive(const std::shared_ptr<Member>& member);
  /// Reap this logger once it has ended, and tell if that was before its process did.
  void look_after(const std::shared_ptr<Member>& member, const std::shared_ptr<Process>& logger);
  /// Drive the watch for OOM kills, if there is one.
  void drive_oom();
  /// It has ended: OOM kills are told, and with the first process the others go.
  void noticed_end(const Member& member);
  /// And all its output is handed on, or is not to be waited for.
  void ended(const Member& member, const ExitStatus& status, bool output_pending);
  /// The first process' exit is not to be held back any longer.
  void wait_no_longer();
  void lost_output(const Member& member, std::uint64_t bytes, const Error& error);
  /// Look for OOM kills and tell them. False: there will be none any more.
  bool look_for_oom();
  [[nodiscard]] const std::optional<cgroups::MemoryEvents>& memory_events() const noexcept { return memory_events_; }
  /// Leave all as it is: waits end, nothing is driven any more.
  void end();

  // The cgroup
  /// Find the container's cgroup and arm the watch for OOM kills. No cgroup of its own is no failure.
  void find_cgroup(pid_t pid);
  /// The same by its directories; of the kernel's count of kills so many were told.
  void load_cgroup(const std::map<std::string, std::string>& paths, std::uint64_t oom_kills_told);
  [[nodiscard]] Result<std::shared_ptr<cgroups::Cgroup>> cgroup() const;
  /// On v1 a frozen process would keep its SIGKILL.
  void thaw_for_kill();
  [[nodiscard]] Result<void> kill_all(Signal signal);

  // The directory
  /// Write the record.
  [[nodiscard]] Result<void> save() const;
  /// The same, where nobody could do anything about its failure.
  void write_down() const { static_cast<void>(save()); }
  /// The pid in a pid file whose call nobody saw the end of, if it is one of the container's; else 0.
  [[nodiscard]] pid_t pid_of_unknown(const std::string& exec_id) const;
  /// This process, and all others of the container that are known by its cgroup.
  [[nodiscard]] std::vector<pid_t> pids_around(pid_t pid) const;
  /// Remove what the task made.
  void clean_up();
  void clean_up(const Record& record) const;

 private:
  struct Ending {
    ExitStatus status = ExitStatus::lost();
    bool output_pending = false;
  };
  struct Item {
    TaskEvent event;
    std::shared_ptr<Member> ended{};  ///< whose exit it is
  };
  void queue_exits();
  void tell_one(const Item& item);
  void deliver() noexcept;  // on_event must not throw
  void start(std::shared_ptr<process::Operation> operation);
  void use_cgroup(std::shared_ptr<cgroups::Cgroup> cgroup, std::optional<std::uint64_t> oom_kills_told);

  const Runc runc_;
  const std::string id_;
  const std::string bundle_;
  const std::string directory_;
  const bool owns_directory_;
  const TaskOptions options_;
  const std::shared_ptr<ProcessMonitor> monitor_;

  mutable std::mutex mutex_{};
  std::vector<std::shared_ptr<Member>> members_{};
  std::vector<std::pair<std::string, Ending>> endings_{};  ///< those that were not told yet
  ExitOrder order_{};
  std::deque<Item> queue_{};
  bool is_delivering_ = false;
  bool init_has_ended_ = false;
  bool is_over_ = false;
  bool is_removed_ = false;
  std::vector<std::weak_ptr<process::AsyncDriver>> drivers_{};

  mutable std::mutex record_mutex_{};  ///< taken before any other
  mutable std::mutex cgroup_mutex_{};
  std::shared_ptr<cgroups::Cgroup> cgroup_{};

  mutable std::mutex oom_mutex_{};
  std::optional<cgroups::MemoryEvents> memory_events_{};
  std::uint64_t oom_kills_to_skip_ = 0;
  std::atomic<std::uint64_t> oom_kills_told_ = 0;
};

}  // namespace crunc::task
