// SPDX-License-Identifier: Apache-2.0
// The options of Runc and of each verb: plain structs for designated initialisers, every member with a default.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <crunc/boxed.hpp>
#include <crunc/config.hpp>
#include <crunc/io.hpp>
#include <crunc/signal.hpp>

namespace crunc {

using Path = Boxed<std::filesystem::path>;
using Text = Boxed<std::string>;

/// A deadline for one call, counted from its start. Unset: the verb's default (the table in docs/guide/deadlines.md).
/// `no_deadline` waits for ever.
using Timeout = std::optional<std::chrono::milliseconds>;
inline constexpr std::chrono::milliseconds no_deadline = std::chrono::milliseconds::max();

class ProcessMonitor;

enum class LogFormat : std::uint8_t { text, json };

/// Whether the runtime is to work without root's rights; `automatic` leaves it to the runtime.
enum class Rootless : std::uint8_t { automatic, yes, no };

/// What is done with relative paths in options.
enum class RelativePaths : std::uint8_t {
  absolute,  ///< made absolute against this process' working directory as the call begins
  as_given   ///< handed on as they are, for a program that stands in the runtime's place and keeps its very words
};

/// An Asio executor, held without including Asio. Made from any executor by <crunc/async.hpp>.
class CRUNC_API Executor {
 public:
  class Holder;
  Executor() = default;
  template <class AsioExecutor>
  Executor(const AsioExecutor& executor);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const Holder* holder() const noexcept { return holder_.get(); }

 private:
  std::shared_ptr<const Holder> holder_;
};

/// How long, and for whom, something is waited for that goes on by itself.
struct WaitOptions {
  Timeout timeout{};       ///< default: for ever
  std::stop_token stop{};  ///< ends the wait with Errc::cancelled; nothing else is ended by it
  Executor executor{};     ///< where an async wait does its I/O; unset: the token's executor, else the system's
};

/// How the runtime is called: what stands before the verb, and the process around it.
///
/// Each call has a log of its own (in memory, unless `RawOptions`), so that errors of concurrent calls are never mixed
/// up; when `log` is set, the call's entries are appended to that file as it ends.
///
/// If a deadline or a cancellation ended a `create` or `run`, the id may be left half-made: `state` does not know it,
/// `create` finds it taken. Such an id is healed by `delete --force` before the call returns, provided
/// that there was no such id as the call began and the runtime did not answer already_exists. Should that fail,
/// `Error::heal_failure` says why.
struct RuncOptions {
  /// A name to look up in PATH, or a path. "/proc/self/fd/N" is the file that this process has open as N, which must
  /// stay open during a call.
  Path command = "runc";
  Path root{};                              ///< `--root`, the runtime's state directory; empty: the runtime's default
  bool debug = false;                       ///< `--debug`
  Path log{};                               ///< a file that gets the log entries of every call
  LogFormat log_format = LogFormat::json;   ///< of that file
  bool systemd_cgroup = false;              ///< `--systemd-cgroup`
  Rootless rootless = Rootless::automatic;  ///< `--rootless`; youki has no such flag
  /// A CRIU for checkpoint and restore: `--criu` on runc before 1.2; elsewhere its directory is put first in the
  /// runtime's PATH, and it has to be called `criu`.
  Path criu{};

  Path work_dir{};                         ///< the runtime's working directory; empty: this process'
  std::vector<std::string> environment{};  ///< "KEY=value" entries added to this process' environment; the last wins
  std::vector<std::string> environment_remove{};  ///< keys to take out of it
  /// Keep NOTIFY_SOCKET, LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, which runc gives to the container. They belong to
  /// the service that this process is, so by default they are taken out. A LISTEN_PID that names this process names
  /// the runtime then, as it must for LISTEN_FDS to be heeded.
  bool keep_service_environment = false;
  bool new_process_group = false;  ///< put the runtime into a process group of its own (a terminal's Ctrl-C passes by)
  /// A signal that the runtime gets when this process ends, however that may come about; unset: none. Never because a
  /// thread ended. If this process is gone before the runtime could be told so, it is not started.
  /// @note go-runc: Pdeathsig strikes when the thread that called ends.
  std::optional<Signal> parent_death_signal{};
  /// How exits of runtimes are learnt; null: a PidfdMonitor's way.
  std::shared_ptr<ProcessMonitor> monitor{};
  RelativePaths relative_paths = RelativePaths::absolute;

  /// How long the runtime has between SIGTERM and SIGKILL when a deadline or a cancellation ends it.
  std::chrono::milliseconds kill_grace = std::chrono::seconds(2);
  std::vector<std::string> extra_args{};  ///< further global arguments, before the verb
  Executor executor{};  ///< where async calls do their I/O; unset: the completion token's executor, else the system's
};

/// `create`
struct CreateOptions {
  Path pid_file{};  ///< gets the container's pid, in decimal without newline
  /// Unix socket that receives the pty master (terminal containers only). A path of more than 107 bytes is
  /// invalid_argument on runc.
  Path console_socket{};
  Path pidfd_socket{};           ///< unix socket that receives a pidfd of the first process; runc >= 1.2
  bool no_pivot = false;         ///< MS_MOVE instead of pivot_root, for a root on a ramdisk
  bool no_new_keyring = false;   ///< keep the session keyring
  int preserve_fds = 0;          ///< hand on the fds 3 .. 3+n-1 of this process
  std::vector<int> extra_fds{};  ///< or these, borrowed for the spawn, which become 3, 4, ... (`--preserve-fds`)
  Io io{};                       ///< the container's, for its whole life
  Timeout timeout{};             ///< default 2 min
  std::stop_token stop{};        ///< ends the call with Errc::cancelled
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};  ///< further arguments, before the id
  std::vector<std::string> tail_args{};   ///< and after everything else
};

/// `run`: create, start, and unless `detach` wait for the end and delete.
struct RunOptions {
  Path pid_file{};
  Path console_socket{};
  Path pidfd_socket{};
  bool detach = false;  ///< return when the container has started; the status is then the runtime's own, exited(0)
  bool keep = false;    ///< do not delete the container after its end
  bool no_subreaper = false;  ///< do not make the runtime a child subreaper
  bool no_pivot = false;
  bool no_new_keyring = false;
  int preserve_fds = 0;
  std::vector<int> extra_fds{};
  Io io{};
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `start`
struct StartOptions {
  Timeout timeout{};  ///< default 2 min: poststart hooks run in it
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `exec`: a further process in a running container.
struct ExecOptions {
  /// A process.json instead of a command (or give exec() an oci::Process). Runtimes ignore the command then, and the
  /// flags from `tty` to `capabilities`, which describe a process: giving both is refused.
  Path process{};
  Path pid_file{};
  Path console_socket{};
  Path pidfd_socket{};
  bool detach = false;
  bool tty = false;
  Text cwd{};                                    ///< in the container
  std::vector<std::string> environment{};        ///< "KEY=value", of the process
  Text user{};                                   ///< UID[:GID]
  std::vector<std::uint32_t> additional_gids{};  ///< not on crun
  Text process_label{};                          ///< SELinux
  Text apparmor{};
  bool no_new_privs = false;
  std::vector<std::string> capabilities{};  ///< added to the process' set, such as "CAP_NET_ADMIN"
  int preserve_fds = 0;
  std::vector<int> extra_fds{};
  std::vector<std::string> cgroups{};  ///< "[CONTROLLERS:]PATH" below the container's cgroup
  bool ignore_paused = false;          ///< exec in a frozen container; not on crun
  Io io{};
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `state`
struct StateOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `list`
struct ListOptions {
  bool quiet = false;  ///< ids alone; every other member of the containers is empty
  Timeout timeout{};   ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `kill`
struct KillOptions {
  bool all = false;   ///< every process of the container; runc >= 1.2: only "not running" becomes a success
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `delete`
struct RemoveOptions {
  bool force = false;  ///< kill it first if it runs; and an unknown id is a success
  Timeout timeout{};   ///< default 1 min
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `ps --format json`
struct PsOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `ps --format table`
struct TopOptions {
  /// Arguments for ps(1), such as {"-o", "pid,rss,args"}; none: `-ef`. Where the runtime takes none (crun), the columns
  /// of `-ef` are read from /proc and anything else is `unsupported`.
  std::vector<std::string> ps_args{};
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `pause`
struct PauseOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `resume`
struct ResumeOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `update`: limits as flags. Unset: left as it is. With resources as a document (a file, or an oci::LinuxResources)
/// runtimes ignore these flags but the two schemas, so giving both is refused.
struct UpdateOptions {
  Path resources{};                             ///< a file with LinuxResources as JSON
  std::optional<std::uint16_t> blkio_weight{};  ///< 10..1000
  std::optional<std::chrono::microseconds> cpu_period{};
  std::optional<std::chrono::microseconds> cpu_quota{};  ///< of each period; -1: unlimited
  std::optional<std::chrono::microseconds> cpu_burst{};  ///< runc >= 1.2
  std::optional<std::uint64_t> cpu_shares{};             ///< 2..262144
  std::optional<std::chrono::microseconds> cpu_rt_period{};
  std::optional<std::chrono::microseconds> cpu_rt_runtime{};
  std::optional<std::int64_t> cpu_idle{};  ///< 0 or 1; runc >= 1.2
  Text cpuset_cpus{};                      ///< "0-2,7"
  Text cpuset_mems{};
  std::optional<std::int64_t> memory_bytes{};              ///< -1: unlimited
  std::optional<std::int64_t> memory_reservation_bytes{};  ///< -1: unlimited
  std::optional<std::int64_t> memory_swap_bytes{};         ///< memory and swap together; -1: unlimited
  std::optional<std::int64_t> kernel_memory_bytes{};       ///< ignored by kernels since 5.4
  std::optional<std::int64_t> kernel_memory_tcp_bytes{};
  std::optional<std::int64_t> pids_limit{};  ///< -1: unlimited
  Text l3_cache_schema{};                    ///< Intel RDT
  Text mem_bw_schema{};                      ///< Intel RDT
  Timeout timeout{};                         ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `events --stats`
struct StatsOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `events`: see EventStream.
struct EventsOptions {
  /// From one sample to the next; any length above zero.
  /// @note go-runc: cuts it to whole seconds, and less than one is refused by the runtime.
  std::chrono::nanoseconds interval = std::chrono::seconds(5);
  /// End the stream when the container's process has ended. By itself runc ends it only when the cgroup is gone, on
  /// cgroup v1 that is at `delete`.
  bool until_exit = false;
  /// How many events wait for a slow consumer, 1 or more, and what happens then.
  std::size_t queue_limit = 128;
  enum class Overflow : std::uint8_t {
    drop_oldest,  ///< the oldest sample goes, and is counted in EventStream::dropped(); an `oom` never goes
    wait          ///< nothing is read for now: the runtime waits, and takes no samples meanwhile
  };
  Overflow overflow = Overflow::drop_oldest;
  Timeout timeout{};  ///< of the whole stream; default none
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `features`
struct FeaturesOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `spec`
struct SpecOptions {
  bool rootless = false;  ///< for a user without root's rights
  Timeout timeout{};      ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `--version`
struct VersionOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// Runc::raw: tokens as they are.
struct RawOptions {
  Io io = Io::inherit();
  /// Stand in the caller's place: everything that execve(2) of the runtime in this process would hand on goes on to it
  /// (fds that are not close-on-exec, signal mask, ignored signals, the service environment), and the signals that
  /// reach this process are sent on to the runtime for as long as it runs. Job control stops this process when it stops
  /// the runtime, and SIGKILL of this process kills the runtime as well, unless `parent_death_signal` is another. For
  /// commands, whose main thread is the only one: the calling thread blocks these signals meanwhile, and SIGCHLD.
  bool stand_in = false;
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
};

}  // namespace crunc
