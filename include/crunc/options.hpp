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

namespace crunc {

using Path = Boxed<std::filesystem::path>;
using Text = Boxed<std::string>;

/// A deadline for one call, counted from its start. Unset: the verb's default (the table in docs/guide/deadlines.md).
/// `no_deadline` waits for ever.
using Timeout = std::optional<std::chrono::milliseconds>;
inline constexpr std::chrono::milliseconds no_deadline = std::chrono::milliseconds::max();

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

/// How the runtime is called: what stands before the verb, and the process around it.
///
/// Each call has a log of its own (in memory, unless `RawOptions`), so that errors of concurrent calls are never mixed
/// up; when `log` is set, the call's entries are appended to that file as it ends.
///
/// If a deadline or a cancellation ended a `create` or `run`, the id may be left half-made: `state` does not know it,
/// `create` finds it taken (client.md B10). Such an id is healed by `delete --force` before the call returns, provided
/// that there was no such id as the call began and the runtime did not answer already_exists. Should that fail,
/// `Error::heal_failure` says why.
struct RuncOptions {
  Path command = "runc";                    ///< a name to look up in PATH, or a path
  Path root{};                              ///< `--root`, the runtime's state directory; empty: the runtime's default
  bool debug = false;                       ///< `--debug`
  Path log{};                               ///< a file that gets the log entries of every call
  LogFormat log_format = LogFormat::json;   ///< of that file
  bool systemd_cgroup = false;              ///< `--systemd-cgroup`
  Rootless rootless = Rootless::automatic;  ///< `--rootless`; youki has no such flag
  Path criu{};                              ///< `--criu`, for runc before 1.2

  Path work_dir{};                         ///< the runtime's working directory; empty: this process'
  std::vector<std::string> environment{};  ///< "KEY=value" entries added to this process' environment; the last wins
  std::vector<std::string> environment_remove{};  ///< keys to take out of it
  /// Keep NOTIFY_SOCKET, LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, which runc gives to the container. They belong to
  /// the service that this process is, so by default they are taken out.
  bool keep_service_environment = false;
  bool new_process_group = false;  ///< put the runtime into a process group of its own (a terminal's Ctrl-C passes by)
  RelativePaths relative_paths = RelativePaths::absolute;

  /// How long the runtime has between SIGTERM and SIGKILL when a deadline or a cancellation ends it.
  std::chrono::milliseconds kill_grace = std::chrono::seconds(2);
  std::vector<std::string> extra_args{};  ///< further global arguments, before the verb
  Executor executor{};  ///< where async calls do their I/O; unset: the completion token's executor, else the system's
};

/// `create`
struct CreateOptions {
  Path pid_file{};              ///< gets the container's pid, in decimal without newline
  Path console_socket{};        ///< unix socket that receives the pty master (terminal containers only)
  Path pidfd_socket{};          ///< unix socket that receives a pidfd of the first process; runc >= 1.2
  bool no_pivot = false;        ///< MS_MOVE instead of pivot_root, for a root on a ramdisk
  bool no_new_keyring = false;  ///< keep the session keyring
  int preserve_fds = 0;         ///< hand on the fds 3 .. 3+n-1 of this process
  Io io{};                      ///< the container's, for its whole life
  Timeout timeout{};            ///< default 2 min
  std::stop_token stop{};       ///< ends the call with Errc::cancelled
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};  ///< further arguments, before the id
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
  Io io{};
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
};

/// `start`
struct StartOptions {
  Timeout timeout{};  ///< default 2 min: poststart hooks run in it
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// `exec`: a further process in a running container.
struct ExecOptions {
  Path process{};  ///< a process.json instead of a command and the flags below
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
  std::vector<std::string> cgroups{};  ///< "[CONTROLLERS:]PATH" below the container's cgroup
  bool ignore_paused = false;          ///< exec in a frozen container; not on crun
  Io io{};
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
};

/// `state`
struct StateOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// `list`
struct ListOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// `kill`
struct KillOptions {
  bool all = false;   ///< every process of the container; runc >= 1.2: only "not running" becomes a success
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// `delete`
struct RemoveOptions {
  bool force = false;  ///< kill it first if it runs; and an unknown id is a success
  Timeout timeout{};   ///< default 1 min
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// `--version`
struct VersionOptions {
  Timeout timeout{};  ///< default 30 s
  std::stop_token stop{};
  std::vector<std::string> extra_args{};
};

/// Runc::raw: tokens as they are.
struct RawOptions {
  Io io = Io::inherit();
  /// Stand in the caller's place: everything that execve(2) of the runtime in this process would hand on goes on to it
  /// (fds that are not close-on-exec, signal mask, ignored signals, the service environment), and the signals that
  /// reach this process are sent on to the runtime for as long as it runs. For commands, whose main thread is the
  /// only one: the calling thread blocks these signals meanwhile.
  bool stand_in = false;
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
};

}  // namespace crunc
