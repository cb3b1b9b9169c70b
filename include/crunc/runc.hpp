// SPDX-License-Identifier: Apache-2.0
// class Runc: one method per verb of an OCI runtime, each blocking and, with <crunc/async.hpp>, asynchronous.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/checkpoint.hpp>
#include <crunc/config.hpp>
#include <crunc/container.hpp>
#include <crunc/error.hpp>
#include <crunc/events.hpp>
#include <crunc/io.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>
#include <crunc/signal.hpp>
#include <crunc/stats.hpp>

namespace crunc {

namespace oci {
struct Features;
struct LinuxResources;
struct Process;
}  // namespace oci
namespace runtime {
struct Client;
}  // namespace runtime
namespace task {
struct Verbs;
}  // namespace task

/// An OCI runtime: runc, crun or youki.
///
/// Each method spawns the runtime binary for one verb, waits for it and reads what it said. A call ends when the
/// *runtime* ends, never later: a container that keeps a pipe open holds nothing up. Errors that every method may give:
/// `runtime_not_found`, `runtime_permission_denied`, `runtime_not_executable`, `spawn_failed`, `invalid_argument`,
/// `unsupported`, `timed_out`, `cancelled`, `status_lost`, `runtime_killed`, `runtime_failed`; the methods name those
/// that are their own.
///
/// An id has 1 to 1024 characters of `[A-Za-z0-9_+.-]` and begins with neither '-' nor '.'. Bundles and other paths may
/// be relative: they mean the caller's directory, also where the runtime would take them otherwise.
///
/// Each `async_` twin takes the same arguments by value and a completion token, has the signature `void(Result<T>)`,
/// and needs <crunc/async.hpp>. Options carry the deadline; a blocking call is cancelled by their `stop`, an async one
/// by `stop` or by the token's cancellation slot (terminal: SIGKILL at once; otherwise SIGTERM, grace, SIGKILL).
///
/// @threads distinct objects: safe; shared object: safe (const). A copy costs a reference count.
/// @note go-runc: Runc is a struct of settings with one global process Monitor behind all of them.
class CRUNC_API Runc {
 public:
  explicit Runc(RuncOptions options = {});
  [[nodiscard]] const RuncOptions& options() const noexcept;

  /// Create a container from a bundle; its process waits for start().
  ///
  /// @return  what was captured, if `io` asks for it
  /// @errors  already_exists, invalid_bundle, command_not_found, command_not_executable, terminal_mismatch
  /// @note    go-runc: without IO it captures by a pipe that the container inherits, and blocks until the container
  ///          ends. Here nothing is captured unless asked for, and the call ends with the runtime.
  [[nodiscard]] Result<Output> create(std::string_view id, const std::filesystem::path& bundle,
                                      const CreateOptions& options = {}) const;

  /// Start the process of a created container.
  /// @errors  container_not_found, already_running, not_running, command_not_found
  [[nodiscard]] Result<void> start(std::string_view id, const StartOptions& options = {}) const;

  /// Create and start a container; unless `detach` wait for its end and delete it.
  ///
  /// @return  the process' status as the runtime reports it: exited(7), exited(137) when SIGKILL ended it
  /// @errors  as create(); a failure of the runtime is told from a status of the process by the pid file,
  ///          so that exited(1) is always the process' own
  [[nodiscard]] Result<Finished> run(std::string_view id, const std::filesystem::path& bundle,
                                     const RunOptions& options = {}) const;

  /// Run `command` in a running container; unless `detach` wait for its end.
  ///
  /// @param command  argv of the process; empty when `options.process` names a process.json
  /// @return  the process' status, as run()
  /// @errors  container_not_found, not_running, paused, command_not_found, command_not_executable, terminal_mismatch
  [[nodiscard]] Result<Finished> exec(std::string_view id, const std::vector<std::string>& command,
                                      const ExecOptions& options = {}) const;

  /// Run a process that is described in full. The description goes to the runtime in memory, never by a file.
  /// @errors  as exec() of a command; invalid_argument: a member of `extra` is no JSON
  /// @note    go-runc: writes it to a temporary file, secrets in its environment included.
  [[nodiscard]] Result<Finished> exec(std::string_view id, const Exactly<oci::Process>& process,
                                      const ExecOptions& options = {}) const;

  /// Return the state of one container.
  /// @errors  container_not_found, malformed_output
  [[nodiscard]] Result<Container> state(std::string_view id, const StateOptions& options = {}) const;

  /// Return all containers below the runtime's root; none is an empty vector.
  /// youki prints no JSON but a table, which is read instead: annotations, root file system and OCI version are not in
  /// it, and times are in seconds.
  /// @errors  malformed_output
  [[nodiscard]] Result<std::vector<Container>> list(const ListOptions& options = {}) const;

  /// Send a signal to the container's first process.
  /// @errors  container_not_found, not_running
  [[nodiscard]] Result<void> kill(std::string_view id, Signal signal = SIGTERM, const KillOptions& options = {}) const;

  /// Delete a stopped container, or with `force` any.
  /// @errors  container_not_found, not_stopped
  [[nodiscard]] Result<void> remove(std::string_view id, const RemoveOptions& options = {}) const;

  /// Return name, version and features as `--version` prints them.
  /// @errors  malformed_output
  /// @note    go-runc: gives an empty Version and no error for anything but runc.
  [[nodiscard]] Result<Version> version(const VersionOptions& options = {}) const;

  /// Run the runtime with these arguments and nothing else: no global options, no log, no added flags, nothing checked.
  ///
  /// @param tokens  argv[1..]
  /// @return  how the runtime ended, whatever its status: only what kept it from running is an Error
  [[nodiscard]] Result<Finished> raw(const std::vector<std::string>& tokens, const RawOptions& options = {}) const;

  /// The host's ids of the processes in a container. runc: none for one that has stopped.
  /// @errors  container_not_found, not_running (crun), malformed_output
  [[nodiscard]] Result<std::vector<pid_t>> ps(std::string_view id, const PsOptions& options = {}) const;

  /// The processes of a container as ps(1) of the host lists them.
  ///
  /// Where the runtime's ps takes no arguments (crun) the columns of `ps -ef` are read from /proc.
  /// @errors  as ps(); unsupported: arguments for ps(1) on such a runtime
  /// @note    go-runc: one string for all arguments, never works on crun, and panics on a table without PID.
  [[nodiscard]] Result<ProcessTable> top(std::string_view id, const TopOptions& options = {}) const;

  /// Freeze every process of a container.
  /// @errors  container_not_found, not_running, paused (it is already)
  [[nodiscard]] Result<void> pause(std::string_view id, const PauseOptions& options = {}) const;

  /// Let a frozen container go on.
  /// @errors  container_not_found, not_paused (crun: none, if it runs)
  [[nodiscard]] Result<void> resume(std::string_view id, const ResumeOptions& options = {}) const;

  /// Change a container's limits: those that are set in `options`.
  /// @errors  container_not_found, not_running; invalid_argument: limits both as flags and as a file
  [[nodiscard]] Result<void> update(std::string_view id, const UpdateOptions& options) const;

  /// Change a container's limits to those of `resources`, which go to the runtime by its stdin.
  /// @param options  no limits, or invalid_argument: runtimes would ignore them
  [[nodiscard]] Result<void> update(std::string_view id, const Exactly<oci::LinuxResources>& resources,
                                    const UpdateOptions& options = {}) const;

  /// Write a running container to images, by CRIU.
  /// @errors  container_not_found, not_running; unsupported: crun without CRIU, youki; invalid_argument: a
  /// `parent_path`
  ///          that is not relative, or not there. For what CRIU fails at, Error::criu has its own words.
  [[nodiscard]] Result<Checkpointed> checkpoint(std::string_view id, const CheckpointOptions& options = {}) const;

  /// Make a container from images, and unless `detach` wait for its end and delete it.
  /// @errors  as create() and checkpoint()
  [[nodiscard]] Result<Restored> restore(std::string_view id, const std::filesystem::path& bundle,
                                         const RestoreOptions& options = {}) const;

  /// Begin to read a container's events: samples at an interval, and `oom`. Returns when the runtime has been started;
  /// that the container is not running is told by the stream.
  /// @errors  unsupported: crun and youki have none; crunc::Task samples the cgroup itself
  [[nodiscard]] Result<EventStream> events(std::string_view id, const EventsOptions& options = {}) const;

  /// Take one sample of what a container uses. This spawns a runtime for each sample.
  /// @errors  container_not_found, not_running, malformed_output; unsupported as events()
  /// @note    go-runc: drops the exit status and stderr, and reports an unexpected EOF.
  [[nodiscard]] Result<Stats> stats(std::string_view id, const StatsOptions& options = {}) const;

  /// What the runtime can do, in its own words.
  /// @errors  unsupported: runc before 1.1, crun before 1.8.6; malformed_output
  [[nodiscard]] Result<oci::Features> features(const FeaturesOptions& options = {}) const;

  /// Write a default config.json into `bundle`, a directory. runc refuses to replace one.
  /// @errors  already_exists (runc)
  [[nodiscard]] Result<void> spec(const std::filesystem::path& bundle, const SpecOptions& options = {}) const;

  /// The argv of a call, as it would be spawned but for the private log and pid file; argv[0] is the command. The
  /// options' type picks the verb. Pure: nothing is looked up and nothing is spawned.
  /// @errors  invalid_argument
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const std::filesystem::path& bundle,
                                                      const CreateOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const std::filesystem::path& bundle,
                                                      const RunOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const StartOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const std::vector<std::string>& command,
                                                      const ExecOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const Exactly<oci::Process>& process,
                                                      const ExecOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const StateOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const ListOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, Signal signal,
                                                      const KillOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const RemoveOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const PsOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const TopOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const PauseOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const ResumeOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const UpdateOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id,
                                                      const Exactly<oci::LinuxResources>& resources,
                                                      const UpdateOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const CheckpointOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const std::filesystem::path& bundle,
                                                      const RestoreOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const StatsOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const FeaturesOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const std::filesystem::path& bundle,
                                                      const SpecOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const VersionOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const EventsOptions& options) const;

  template <class Token>
  auto async_create(std::string id, std::filesystem::path bundle, CreateOptions options, Token&& token) const;
  template <class Token>
  auto async_run(std::string id, std::filesystem::path bundle, RunOptions options, Token&& token) const;
  template <class Token>
  auto async_start(std::string id, StartOptions options, Token&& token) const;
  template <class Token>
  auto async_exec(std::string id, std::vector<std::string> command, ExecOptions options, Token&& token) const;
  template <class Token>
  auto async_exec(std::string id, Exactly<oci::Process> process, ExecOptions options, Token&& token) const;
  template <class Token>
  auto async_state(std::string id, StateOptions options, Token&& token) const;
  template <class Token>
  auto async_list(ListOptions options, Token&& token) const;
  template <class Token>
  auto async_kill(std::string id, Signal signal, KillOptions options, Token&& token) const;
  template <class Token>
  auto async_remove(std::string id, RemoveOptions options, Token&& token) const;
  template <class Token>
  auto async_ps(std::string id, PsOptions options, Token&& token) const;
  template <class Token>
  auto async_top(std::string id, TopOptions options, Token&& token) const;
  template <class Token>
  auto async_pause(std::string id, PauseOptions options, Token&& token) const;
  template <class Token>
  auto async_resume(std::string id, ResumeOptions options, Token&& token) const;
  template <class Token>
  auto async_update(std::string id, UpdateOptions options, Token&& token) const;
  template <class Token>
  auto async_update(std::string id, Exactly<oci::LinuxResources> resources, UpdateOptions options, Token&& token) const;
  template <class Token>
  auto async_checkpoint(std::string id, CheckpointOptions options, Token&& token) const;
  template <class Token>
  auto async_restore(std::string id, std::filesystem::path bundle, RestoreOptions options, Token&& token) const;
  template <class Token>
  auto async_stats(std::string id, StatsOptions options, Token&& token) const;
  template <class Token>
  auto async_features(FeaturesOptions options, Token&& token) const;
  template <class Token>
  auto async_spec(std::filesystem::path bundle, SpecOptions options, Token&& token) const;
  template <class Token>
  auto async_version(VersionOptions options, Token&& token) const;
  template <class Token>
  auto async_events(std::string id, EventsOptions options, Token&& token) const;
  template <class Token>
  auto async_raw(std::vector<std::string> tokens, RawOptions options, Token&& token) const;

 private:
  friend struct task::Verbs;
  [[nodiscard]] detail::Prepared<Output> prepare(std::string_view id, const std::filesystem::path& bundle,
                                                 const CreateOptions& options) const;
  [[nodiscard]] detail::Prepared<Finished> prepare(std::string_view id, const std::filesystem::path& bundle,
                                                   const RunOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const StartOptions& options) const;
  [[nodiscard]] detail::Prepared<Finished> prepare(std::string_view id, const std::vector<std::string>& command,
                                                   const ExecOptions& options) const;
  [[nodiscard]] detail::Prepared<Finished> prepare(std::string_view id, const Exactly<oci::Process>& process,
                                                   const ExecOptions& options) const;
  [[nodiscard]] detail::Prepared<Container> prepare(std::string_view id, const StateOptions& options) const;
  [[nodiscard]] detail::Prepared<std::vector<Container>> prepare(const ListOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, Signal signal, const KillOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const RemoveOptions& options) const;
  [[nodiscard]] detail::Prepared<std::vector<pid_t>> prepare(std::string_view id, const PsOptions& options) const;
  [[nodiscard]] detail::Prepared<ProcessTable> prepare(std::string_view id, const TopOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const PauseOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const ResumeOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const UpdateOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(std::string_view id, const Exactly<oci::LinuxResources>& resources,
                                               const UpdateOptions& options) const;
  [[nodiscard]] detail::Prepared<Checkpointed> prepare(std::string_view id, const CheckpointOptions& options) const;
  [[nodiscard]] detail::Prepared<Restored> prepare(std::string_view id, const std::filesystem::path& bundle,
                                                   const RestoreOptions& options) const;
  [[nodiscard]] detail::Prepared<Stats> prepare(std::string_view id, const StatsOptions& options) const;
  [[nodiscard]] detail::Prepared<oci::Features> prepare(const FeaturesOptions& options) const;
  [[nodiscard]] detail::Prepared<void> prepare(const std::filesystem::path& bundle, const SpecOptions& options) const;
  [[nodiscard]] detail::Prepared<Version> prepare(const VersionOptions& options) const;
  [[nodiscard]] detail::Prepared<EventStream> prepare(std::string_view id, const EventsOptions& options) const;
  [[nodiscard]] detail::Prepared<Finished> prepare(const std::vector<std::string>& tokens,
                                                   const RawOptions& options) const;

  std::shared_ptr<const runtime::Client> client_;
};

}  // namespace crunc
