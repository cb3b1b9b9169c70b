// SPDX-License-Identifier: Apache-2.0
// class Runc: one method per verb of an OCI runtime, each blocking and, with <crunc/async.hpp>, asynchronous.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/config.hpp>
#include <crunc/container.hpp>
#include <crunc/error.hpp>
#include <crunc/io.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>
#include <crunc/signal.hpp>

namespace crunc {

namespace runtime {
struct Client;
}  // namespace runtime

/// An OCI runtime: runc, crun or youki.
///
/// Each method spawns the runtime binary for one verb, waits for it and reads what it said. A call ends when the
/// *runtime* ends, never later: a container that keeps a pipe open holds nothing up. Errors that every method may give:
/// `runtime_not_found`, `runtime_permission_denied`, `runtime_not_executable`, `spawn_failed`, `invalid_argument`,
/// `unsupported`, `timed_out`, `cancelled`, `status_lost`, `runtime_killed`, `runtime_failed`; the methods name those
/// that are their own.
///
/// An id has 1 to 1024 characters of `[A-Za-z0-9_+.-]` and begins with neither '-' nor '.'. Bundles and other paths may
/// be relative: they mean the caller's directory, also where the runtime would take them otherwise (client.md B14).
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
  ///          ends (client.md B2). Here nothing is captured unless asked for, and the call ends with the runtime.
  [[nodiscard]] Result<Output> create(std::string_view id, const std::filesystem::path& bundle,
                                      const CreateOptions& options = {}) const;

  /// Start the process of a created container.
  /// @errors  container_not_found, already_running, not_running, command_not_found
  [[nodiscard]] Result<void> start(std::string_view id, const StartOptions& options = {}) const;

  /// Create and start a container; unless `detach` wait for its end and delete it.
  ///
  /// @return  the process' status as the runtime reports it: exited(7), exited(137) when SIGKILL ended it
  /// @errors  as create(); a failure of the runtime is told from a status of the process by the pid file
  ///          (client.md 2.6), so that exited(1) is always the process' own
  [[nodiscard]] Result<Finished> run(std::string_view id, const std::filesystem::path& bundle,
                                     const RunOptions& options = {}) const;

  /// Run `command` in a running container; unless `detach` wait for its end.
  ///
  /// @param command  argv of the process; empty when `options.process` names a process.json
  /// @return  the process' status, as run()
  /// @errors  container_not_found, not_running, paused, command_not_found, command_not_executable, terminal_mismatch
  [[nodiscard]] Result<Finished> exec(std::string_view id, const std::vector<std::string>& command,
                                      const ExecOptions& options = {}) const;

  /// Return the state of one container.
  /// @errors  container_not_found, malformed_output
  [[nodiscard]] Result<Container> state(std::string_view id, const StateOptions& options = {}) const;

  /// Return all containers below the runtime's root; none is an empty vector.
  /// @errors  malformed_output (also from youki, whose list knows no JSON)
  [[nodiscard]] Result<std::vector<Container>> list(const ListOptions& options = {}) const;

  /// Send a signal to the container's first process.
  /// @errors  container_not_found, not_running
  [[nodiscard]] Result<void> kill(std::string_view id, Signal signal = SIGTERM, const KillOptions& options = {}) const;

  /// Delete a stopped container, or with `force` any.
  /// @errors  container_not_found, not_stopped
  [[nodiscard]] Result<void> remove(std::string_view id, const RemoveOptions& options = {}) const;

  /// Return name, version and features as `--version` prints them.
  /// @errors  malformed_output
  /// @note    go-runc: gives an empty Version and no error for anything but runc (client.md B11).
  [[nodiscard]] Result<Version> version(const VersionOptions& options = {}) const;

  /// Run the runtime with these arguments and nothing else: no global options, no log, no added flags, nothing checked.
  ///
  /// @param tokens  argv[1..]
  /// @return  how the runtime ended, whatever its status: only what kept it from running is an Error
  [[nodiscard]] Result<Finished> raw(const std::vector<std::string>& tokens, const RawOptions& options = {}) const;

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
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const StateOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const ListOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, Signal signal,
                                                      const KillOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(std::string_view id, const RemoveOptions& options) const;
  [[nodiscard]] Result<std::vector<std::string>> argv(const VersionOptions& options) const;

  template <class Token>
  auto async_create(std::string id, std::filesystem::path bundle, CreateOptions options, Token&& token) const;
  template <class Token>
  auto async_start(std::string id, StartOptions options, Token&& token) const;
  template <class Token>
  auto async_run(std::string id, std::filesystem::path bundle, RunOptions options, Token&& token) const;
  template <class Token>
  auto async_exec(std::string id, std::vector<std::string> command, ExecOptions options, Token&& token) const;
  template <class Token>
  auto async_state(std::string id, StateOptions options, Token&& token) const;
  template <class Token>
  auto async_list(ListOptions options, Token&& token) const;
  template <class Token>
  auto async_kill(std::string id, Signal signal, KillOptions options, Token&& token) const;
  template <class Token>
  auto async_remove(std::string id, RemoveOptions options, Token&& token) const;
  template <class Token>
  auto async_version(VersionOptions options, Token&& token) const;
  template <class Token>
  auto async_raw(std::vector<std::string> tokens, RawOptions options, Token&& token) const;

 private:
  detail::Prepared<Output> prepare(std::string_view id, const std::filesystem::path& bundle,
                                   const CreateOptions& options) const;
  detail::Prepared<Finished> prepare(std::string_view id, const std::filesystem::path& bundle,
                                     const RunOptions& options) const;
  detail::Prepared<void> prepare(std::string_view id, const StartOptions& options) const;
  detail::Prepared<Finished> prepare(std::string_view id, const std::vector<std::string>& command,
                                     const ExecOptions& options) const;
  detail::Prepared<Container> prepare(std::string_view id, const StateOptions& options) const;
  detail::Prepared<std::vector<Container>> prepare(const ListOptions& options) const;
  detail::Prepared<void> prepare(std::string_view id, Signal signal, const KillOptions& options) const;
  detail::Prepared<void> prepare(std::string_view id, const RemoveOptions& options) const;
  detail::Prepared<Version> prepare(const VersionOptions& options) const;
  detail::Prepared<Finished> prepare(const std::vector<std::string>& tokens, const RawOptions& options) const;

  std::shared_ptr<const runtime::Client> client_;
};

}  // namespace crunc
