// SPDX-License-Identifier: Apache-2.0
// Task: one container under supervision, the piece that a shim is made of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/cgroups/stats.hpp>
#include <crunc/checkpoint.hpp>
#include <crunc/config.hpp>
#include <crunc/console.hpp>
#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>
#include <crunc/runc.hpp>
#include <crunc/signal.hpp>
#include <crunc/task_io.hpp>

namespace crunc {

namespace task {
class Supervision;
class Member;
}  // namespace task

/// Something that happened to a task.
struct TaskEvent {
  enum class Kind : std::uint8_t {
    created,
    started,       ///< the container's process, or (`process`) one that was executed
    oom,           ///< the kernel killed for want of memory; `oom_kills` says how many processes since the last time
    exited,        ///< the process `process`, as `status` says; all that it wrote has been handed on
    paused,        ///< by this task
    resumed,       ///< by this task
    checkpointed,  ///< by this task
    output_lost,   ///< a sink failed: `lost_bytes` of the process' output are gone, `error` says why
    removed        ///< the container is deleted: the last event
  };
  Kind kind = Kind::created;
  std::string process{};  ///< the id of what was executed; empty: the container's first process
  pid_t pid = 0;
  std::optional<ExitStatus> status{};
  std::uint64_t oom_kills = 0;
  std::uint64_t lost_bytes = 0;
  std::optional<Error> error{};
  /// Of `exited`: a sink was so slow that not all could be handed on within TaskOptions::drain_timeout. It goes on.
  bool output_pending = false;
};

/// The enumerator's own name.
[[nodiscard]] CRUNC_API const char* to_string(TaskEvent::Kind kind) noexcept;

/// How a container is supervised.
struct TaskOptions {
  /// Where the task keeps its pid files and `task.json`, by which Task::reattach() finds the container
  /// again; made if it is not there, and removed with the container. Empty: a private temporary one.
  Path directory{};
  TaskIo io{};  ///< of the first process; not of attach()
  /// Called with each event, in order, one at a time: on the task's executor, or on the thread of the call that made
  /// it happen. Must neither block nor throw, and may not call the task's blocking functions. One that is under way as
  /// the last handle goes is still called.
  ///
  /// The order is: `created` first, `started` before `exited` for each process, what was executed before the first
  /// process, an `oom` before the exit that it caused, and `removed` last.
  std::function<void(const TaskEvent&)> on_event{};
  /// How long the exit of a process is held back for sinks that do not take what it wrote.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
  /// For create() and restore(), as in CreateOptions.
  bool no_pivot = false;
  bool no_new_keyring = false;
  std::vector<int> extra_fds{};
  Timeout timeout{};       ///< of the call that makes or finds the container; default 2 min
  std::stop_token stop{};  ///< ends that call with Errc::cancelled
};

/// How a further process is run in the container.
struct TaskExecOptions {
  TaskIo io{};
  bool ignore_paused = false;
  Timeout timeout{};  ///< of the call; default 2 min. The process is not ended by it once it has started
  std::stop_token stop{};
};

struct TaskRemoveOptions {
  bool force = false;  ///< kill what runs
  Timeout timeout{};   ///< default 1 min
  std::stop_token stop{};
};

/// One process of a task: the container's first one, or one that was executed in it. A handle, cheap to copy; it stays
/// valid after the end of the process and of the Task, whose supervision it does not prolong.
/// @threads safe (const)
class CRUNC_API TaskProcess {
 public:
  /// Empty: the container's first process.
  [[nodiscard]] const std::string& id() const noexcept;
  /// In this process' pid namespace.
  [[nodiscard]] pid_t pid() const;
  /// How it ended, once that has been told (see TaskEvent::Kind::exited).
  [[nodiscard]] std::optional<ExitStatus> exit_status() const;

  /// Wait until it has ended and its output is handed on. Any number may wait, also after the end.
  ///
  /// What a signal killed is signaled(n), also where the runtime says 128+n. The status is `lost` if somebody else
  /// reaped the process and the kernel does not keep it: before Linux 6.15 give RuncOptions::monitor a
  /// SubreaperMonitor, which makes the processes of containers children of this process.
  /// @errors timed_out, cancelled (the wait alone); cancelled also when the supervision ends
  [[nodiscard]] Result<ExitStatus> wait(const WaitOptions& options = {}) const;
  /// The same for a completion token, with <crunc/async.hpp>; signature void(Result<ExitStatus>).
  template <class Token>
  auto async_wait(WaitOptions options, Token&& token) const;

  /// Send it a signal, by pidfd: never to a stranger that got its pid. If the container is frozen, the signal arrives
  /// when it is thawed; only for SIGKILL on cgroup v1 it is thawed at once, since the kernel would keep it otherwise.
  /// @errors not_running, system_error
  [[nodiscard]] Result<void> kill(Signal signal = SIGTERM) const;
  /// @errors terminal_mismatch: it has none; system_error
  [[nodiscard]] Result<void> resize(Winsize size) const;
  /// Give it input, waiting for room.
  /// @return how many bytes were taken: all, unless the time was up
  /// @errors invalid_argument: its input is not Source::pipe() nor a terminal; not_running: nobody reads any more;
  ///         system_error
  [[nodiscard]] Result<std::size_t> write_stdin(std::string_view bytes,
                                                std::chrono::milliseconds timeout = no_deadline) const;
  /// Its input is at its end, once other writers of a fifo have gone. To a terminal the end-of-file character (^D) is
  /// typed. The second time nothing happens.
  /// @errors system_error
  [[nodiscard]] Result<void> close_stdin() const;

  // The library's own.
  explicit TaskProcess(std::shared_ptr<task::Member> member) noexcept : member_(std::move(member)) {}

 private:
  [[nodiscard]] detail::Prepared<ExitStatus> prepare(const WaitOptions& options) const;
  std::shared_ptr<task::Member> member_;
};

/// One container under supervision: its processes, their output, its cgroup and what happens to it.
///
/// Everything goes on by itself on RuncOptions::executor, or else on the system executor: a thread must run that
/// executor, and blocking calls must not be made on its only one. A handle, cheap to copy; when the last is destroyed
/// the supervision ends, and the container is left as it is, to be found again by reattach().
///
/// Calls of the runtime have the errors of the method of Runc of the same name. Those that may take long have an
/// `async_` twin, which takes its arguments by value and a completion token and needs <crunc/async.hpp>.
/// @threads safe, all of it; calls that contradict each other (remove() beside exec()) are refused by the runtime or
///          here, in either order
class CRUNC_API Task {
 public:
  /// Create a container from a bundle; its process waits for start(). Until this has returned nothing is left behind by
  /// a failure: neither the container nor the directory.
  /// @errors as Runc::create(); already_exists: the directory has a task; system_error: the directory, a pipe or a sink
  [[nodiscard]] static Result<Task> create(const Runc& runc, std::string_view id, const std::filesystem::path& bundle,
                                           const TaskOptions& options = {});
  /// Create a container from images; it runs. Of `restore` what belongs to the process (`io`, `detach`, `pid_file`,
  /// `console_socket`) is the task's to decide, and `timeout` and `stop` are those of `options`.
  /// @errors as create(), and Runc::restore()
  [[nodiscard]] static Result<Task> restore(const Runc& runc, std::string_view id, const std::filesystem::path& bundle,
                                            const RestoreOptions& restore, const TaskOptions& options = {});
  /// Supervise a container that another process has made. Its streams stay what they are: `io` is not looked at.
  /// @errors container_not_found, not_running: it has stopped; as Runc::state()
  [[nodiscard]] static Result<Task> attach(const Runc& runc, std::string_view id, const TaskOptions& options = {});
  /// Take up the supervision that an earlier process of ours has left, from what is in TaskOptions::directory: streams
  /// go on where they were, an exit that was reported before is known, one that was missed is told as the kernel knows
  /// it, OOM kills of the meantime are counted. Sinks of callbacks are taken from `io`, all else is as it was.
  ///
  /// A terminal does not outlive its supervisor: the kernel hung it up.
  /// @errors container_not_found: there is no task in the directory, or its container is gone; malformed_output
  [[nodiscard]] static Result<Task> reattach(const Runc& runc, const TaskOptions& options);

  [[nodiscard]] const std::string& id() const noexcept;
  [[nodiscard]] pid_t pid() const { return init().pid(); }
  /// The container's first process.
  [[nodiscard]] TaskProcess init() const;
  /// What was executed under this id.
  [[nodiscard]] std::optional<TaskProcess> process(std::string_view exec_id) const;
  /// All that was executed and not forgotten, by id.
  [[nodiscard]] std::vector<TaskProcess> processes() const;

  [[nodiscard]] Result<void> start(const StartOptions& options = {}) const;
  /// Run a further process, and return when it runs. None is started once the first process has ended.
  /// @param exec_id  a name of the caller's for it, as a container's id; already_exists: it is in use
  /// @errors as Runc::exec()
  [[nodiscard]] Result<TaskProcess> exec(std::string_view exec_id, const Exactly<oci::Process>& process,
                                         const TaskExecOptions& options = {}) const;
  /// Forget a process that has ended: its id may be used again.
  /// @errors not_stopped, container_not_found: there is none of this id
  [[nodiscard]] Result<void> forget(std::string_view exec_id) const;

  /// Send a signal to the first process; see TaskProcess::kill().
  [[nodiscard]] Result<void> kill(Signal signal = SIGTERM) const { return init().kill(signal); }
  /// Send a signal to all processes of the container, by its cgroup; with SIGKILL none escapes by forking.
  /// @errors unsupported: it has no cgroup of its own; not_running
  [[nodiscard]] Result<void> kill_all(Signal signal) const;
  [[nodiscard]] Result<void> pause(const PauseOptions& options = {}) const;
  [[nodiscard]] Result<void> resume(const ResumeOptions& options = {}) const;
  [[nodiscard]] Result<void> update(const Exactly<oci::LinuxResources>& resources,
                                    const UpdateOptions& options = {}) const;
  [[nodiscard]] Result<Checkpointed> checkpoint(const CheckpointOptions& options = {}) const;

  /// What the container uses, from its cgroup: no process is started for it, and any runtime will do.
  /// @errors unsupported: it has no cgroup of its own; cgroup_gone; see cgroups::read_stats()
  [[nodiscard]] Result<cgroups::Sample> stats(cgroups::StatMask mask = cgroups::StatMask::standard) const;
  /// The processes in the container's cgroup and those below, ascending.
  /// @errors as stats()
  [[nodiscard]] Result<std::vector<pid_t>> pids() const;

  /// Wait for the end of the first process; see TaskProcess::wait().
  [[nodiscard]] Result<ExitStatus> wait(const WaitOptions& options = {}) const { return init().wait(options); }

  /// Delete the container, its directory and what is in it. Its exit is told before. That it is gone already is no
  /// failure.
  /// @errors not_stopped: it runs, and no `force`
  [[nodiscard]] Result<void> remove(const TaskRemoveOptions& options = {}) const;

  template <class Token>
  static auto async_create(const Runc& runc, std::string id, std::filesystem::path bundle, TaskOptions options,
                           Token&& token);
  template <class Token>
  static auto async_restore(const Runc& runc, std::string id, std::filesystem::path bundle, RestoreOptions restore,
                            TaskOptions options, Token&& token);
  template <class Token>
  static auto async_attach(const Runc& runc, std::string id, TaskOptions options, Token&& token);
  template <class Token>
  static auto async_reattach(const Runc& runc, TaskOptions options, Token&& token);
  template <class Token>
  auto async_start(StartOptions options, Token&& token) const;
  template <class Token>
  auto async_exec(std::string exec_id, Exactly<oci::Process> process, TaskExecOptions options, Token&& token) const;
  template <class Token>
  auto async_pause(PauseOptions options, Token&& token) const;
  template <class Token>
  auto async_resume(ResumeOptions options, Token&& token) const;
  template <class Token>
  auto async_update(Exactly<oci::LinuxResources> resources, UpdateOptions options, Token&& token) const;
  template <class Token>
  auto async_checkpoint(CheckpointOptions options, Token&& token) const;
  template <class Token>
  auto async_wait(WaitOptions options, Token&& token) const;
  template <class Token>
  auto async_remove(TaskRemoveOptions options, Token&& token) const;

 private:
  struct Handle;
  explicit Task(std::shared_ptr<const Handle> handle) noexcept : handle_(std::move(handle)) {}
  template <class Making>
  [[nodiscard]] static Result<Task> made_by(process::Operation& operation);
  [[nodiscard]] static detail::Prepared<Task> prepare_creation(const Runc& runc, std::string_view id,
                                                               const std::filesystem::path& bundle,
                                                               const TaskOptions& options);
  [[nodiscard]] static detail::Prepared<Task> prepare_restore(const Runc& runc, std::string_view id,
                                                              const std::filesystem::path& bundle,
                                                              const RestoreOptions& restore,
                                                              const TaskOptions& options);
  [[nodiscard]] static detail::Prepared<Task> prepare_finding(const Runc& runc, std::optional<std::string> id,
                                                              const TaskOptions& options);
  [[nodiscard]] detail::Prepared<void> prepare_start(const StartOptions& options) const;
  [[nodiscard]] detail::Prepared<TaskProcess> prepare_exec(std::string_view exec_id,
                                                           const Exactly<oci::Process>& process,
                                                           const TaskExecOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare_pause(const PauseOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare_resume(const ResumeOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare_update(const Exactly<oci::LinuxResources>& resources,
                                                      const UpdateOptions& options) const;
  [[nodiscard]] detail::Prepared<Checkpointed> prepare_checkpoint(const CheckpointOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare_remove(const TaskRemoveOptions& options) const;
  [[nodiscard]] const Executor& executor() const noexcept;

  std::shared_ptr<const Handle> handle_;
};

}  // namespace crunc
