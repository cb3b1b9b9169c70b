// SPDX-License-Identifier: Apache-2.0
// Whose exits are learnt how: Process, ProcessMonitor, and the monitors PidfdMonitor, SubreaperMonitor, HostFedMonitor
// and ProcEventsMonitor.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include <sys/types.h>

#include <crunc/config.hpp>
#include <crunc/descriptor.hpp>
#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>
#include <crunc/signal.hpp>

namespace crunc {

class ProcessMonitor;
namespace sys {
class ProcessRef;
}  // namespace sys

/// One process that is watched, a child of this process or any other: a handle that never means another process,
/// whatever becomes of the pid.
///
/// Its exit status is, in this order: what reaping it tells, where it is ours to reap; what the monitor was told; what
/// /proc says while it is a zombie; what the kernel kept (Linux 6.15 and later); else ExitStatus::lost(). Never a
/// number that nobody reported.
/// @threads safe, all of it
class CRUNC_API Process : public std::enable_shared_from_this<Process> {
 public:
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  [[nodiscard]] pid_t pid() const noexcept;
  /// Borrowed; readable once the process has ended. -1 where the kernel has no pidfds (Linux before 5.3).
  [[nodiscard]] int pidfd() const noexcept;
  /// Whether it has ended; false also when that cannot be told.
  [[nodiscard]] bool has_ended() const noexcept;
  /// Send a signal, by pidfd: never to a stranger that got the pid.
  /// @errors not_running once it is reaped; system_error (EPERM, ...)
  [[nodiscard]] Result<void> signal(Signal signal) const;

  /// Wait for its end. Any number may wait, at any time, also after the end. A deadline or a stop ends the waiting and
  /// not the process.
  /// @errors timed_out, cancelled
  [[nodiscard]] Result<ExitStatus> wait(const WaitOptions& options = {}) const;
  /// The same for a completion token, `void(Result<ExitStatus>)`. Defined in <crunc/async.hpp>.
  template <class Token>
  auto async_wait(WaitOptions options, Token&& token) const;

  /// For monitors: it has ended so. False, and nothing is done, if it lives or its status is known already: a report
  /// that came late is then about an earlier process of that pid.
  bool deliver(const ExitStatus& status) const;

  // The library's own.
  static std::shared_ptr<Process> make(sys::ProcessRef process, std::chrono::milliseconds patience);
  /// The status, if it has ended and is known, or never will be; never blocks for long.
  [[nodiscard]] std::optional<ExitStatus> poll() const;
  /// When to poll() again other than when the pidfd becomes readable.
  [[nodiscard]] std::optional<std::chrono::milliseconds> pause() const;
  /// Whether it has ended and deliver() would be heard.
  [[nodiscard]] bool awaits_status() const noexcept;
  [[nodiscard]] const sys::ProcessRef& ref() const noexcept;

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state) noexcept;
  [[nodiscard]] detail::Prepared<ExitStatus> prepare(const WaitOptions& options) const;
  std::unique_ptr<State> state_;
};

struct WatchOptions {
  /// It is a child of this process, or comes to be one by a subreaper, and nobody else waits for it: reap it.
  bool reap = false;
};

/// How a client learns of exits. One for each RuncOptions::monitor, shared by as many clients as one likes; no monitor
/// is global, none installs a signal handler.
///
/// May be derived from, for hosts that know of exits in a way of their own, and in tests.
/// @threads safe, all of it
class CRUNC_API ProcessMonitor {
 public:
  ProcessMonitor() = default;
  ProcessMonitor(const ProcessMonitor&) = delete;
  ProcessMonitor& operator=(const ProcessMonitor&) = delete;
  virtual ~ProcessMonitor();

  /// Watch the process `pid` as it is now, child or not: a container's, by read_pid_file().
  /// @errors not_running: there is none, and this monitor remembers none; system_error
  [[nodiscard]] Result<std::shared_ptr<Process>> watch(pid_t pid, const WatchOptions& options = {});
  /// Watch the process of a pidfd, such as PidfdSocket received.
  /// @errors malformed_output: no pidfd; not_running: it was reaped before; system_error
  [[nodiscard]] Result<std::shared_ptr<Process>> watch(Descriptor pidfd, const WatchOptions& options = {});

  using Make = std::function<std::shared_ptr<Process>()>;
  /// A child is being made: call `make` once, which returns it, or null when it could not be started. Whoever reaps
  /// must not take an unknown pid for nobody's while this goes on.
  virtual void start(const Make& make) = 0;
  /// A process that was not made by start() is watched from now on: deliver() to it once it is known how it ended.
  virtual void follow(const std::shared_ptr<Process>& process) = 0;
  /// How the process of this pid ended that was the last to be reaped, if that is remembered.
  [[nodiscard]] virtual std::optional<ExitStatus> recall(pid_t pid) = 0;
  /// How long after an end that somebody else reaped a deliver() may still come.
  [[nodiscard]] virtual std::chrono::milliseconds patience() const noexcept = 0;
};

/// The default: waits for each child by its pidfd and reaps that and nothing else.
///
/// SIGCHLD is left alone, its handler, mask and disposition, and so are all other children. If somebody else in this
/// process reaps our children (a loop on waitpid(-1), SIGCHLD ignored, SA_NOCLDWAIT), a status is still had from Linux
/// 6.15 on, and is `lost` before.
/// @note go-runc: its default monitor loses the status to any other reaper, and says "waitid: no child processes".
class CRUNC_API PidfdMonitor final : public ProcessMonitor {
 public:
  void start(const Make& make) override;
  void follow(const std::shared_ptr<Process>& process) override;
  [[nodiscard]] std::optional<ExitStatus> recall(pid_t pid) override;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept override;
};

namespace process {
class ExitTable;
}  // namespace process

struct SubreaperOptions {
  /// Called for each exit of a process that nobody watches, on the reaper's thread; must not block.
  std::function<void(pid_t pid, const ExitStatus& status)> on_unknown_exit{};
  std::size_t remembered = 1024;  ///< how many such exits are kept for a watch() that comes a moment later
};

/// Owns all children of the process: makes it a child subreaper, so that containers' processes become its children once
/// their runtime has ended, and reaps whatever ends. For a shim's process.
///
/// Whatever else in the process waits for children no longer finds them: system(3), popen(3), other libraries' process
/// handles. Watch a container's process before `start`, or soon after its end: recent exits are remembered by pid.
///
/// The subreaper attribute is put back as it was when the monitor is destroyed.
/// @source prctl(2), PR_SET_CHILD_SUBREAPER
/// @note containerd's reaper handles SIGCHLD and sends every exit to every subscriber; this one has no handler, and a
///       pid cannot be used anew before its exit has been attributed.
class CRUNC_API SubreaperMonitor final : public ProcessMonitor {
 public:
  /// @errors already_exists: this process has one; system_error
  [[nodiscard]] static Result<std::shared_ptr<SubreaperMonitor>> start(SubreaperOptions options = {});
  ~SubreaperMonitor() override;

  void start(const Make& make) override;
  void follow(const std::shared_ptr<Process>& process) override;
  [[nodiscard]] std::optional<ExitStatus> recall(pid_t pid) override;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept override;

 private:
  class Reaper;
  SubreaperMonitor(std::shared_ptr<Reaper> reaper, std::thread thread, bool was_subreaper) noexcept;
  std::shared_ptr<Reaper> reaper_;
  std::thread thread_;
  const bool was_subreaper_;
};

struct HostFedOptions {
  std::size_t remembered = 1024;  ///< how many exits of processes that nobody watches are kept
  /// How long after the end of a child that the host reaped its notify() is waited for; `lost` afterwards.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

/// For hosts with a wait loop of their own, on waitpid(-1): the loop tells of every child that it reaped.
class CRUNC_API HostFedMonitor final : public ProcessMonitor {
 public:
  explicit HostFedMonitor(const HostFedOptions& options = {});
  ~HostFedMonitor() override;

  /// The host reaped `pid`, and `wait_status` is what wait(2) stored. Call it for every child, in the order of reaping;
  /// those that are not ours are no harm. Waits while a child is being started; not for signal handlers.
  /// @return whether it was watched
  bool notify(pid_t pid, int wait_status, const std::optional<ResourceUsage>& usage = {});

  void start(const Make& make) override;
  void follow(const std::shared_ptr<Process>& process) override;
  [[nodiscard]] std::optional<ExitStatus> recall(pid_t pid) override;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept override;

 private:
  std::unique_ptr<process::ExitTable> table_;
  std::chrono::milliseconds patience_;
};

struct ProcEventsOptions {
  std::size_t remembered = 1024;  ///< how many exits of processes that nobody watches are kept
  /// How long the kernel's answer to the subscription is waited for.
  std::chrono::milliseconds patience = std::chrono::seconds(1);
};

/// Learns of exits from the kernel's process events: those of any process of the machine but our own children, whoever
/// reaps it, on kernels that keep no status (before 6.15). For a process that ends after start(), and the last of
/// `remembered` that ended before a watch().
///
/// For privileged programs in the first namespaces of users, processes and networks; nothing is told elsewhere. It
/// costs a thread that wakes up for every birth and end of a thread on the machine, so it is for tools that wait, not
/// the default. Where events come faster than they are read some are lost, and so are then those statuses: `lost`.
/// @source linux/cn_proc.h
class CRUNC_API ProcEventsMonitor final : public ProcessMonitor {
 public:
  /// @errors system_error: EPERM, EPROTONOSUPPORT (the kernel has none, or another network namespace), ETIMEDOUT (no
  ///         answer: another namespace of users or processes)
  [[nodiscard]] static Result<std::shared_ptr<ProcEventsMonitor>> start(const ProcEventsOptions& options = {});
  ~ProcEventsMonitor() override;

  void start(const Make& make) override;
  void follow(const std::shared_ptr<Process>& process) override;
  [[nodiscard]] std::optional<ExitStatus> recall(pid_t pid) override;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept override;

 private:
  class Listener;
  ProcEventsMonitor(std::unique_ptr<Listener> listener, std::thread thread) noexcept;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
};

}  // namespace crunc
