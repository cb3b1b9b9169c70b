// SPDX-License-Identifier: Apache-2.0
// ConsoleSocket and PidfdSocket: where a runtime sends the master of a container's terminal, or a pidfd of its process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include <sys/types.h>

#include <crunc/config.hpp>
#include <crunc/console.hpp>
#include <crunc/descriptor.hpp>
#include <crunc/error.hpp>
#include <crunc/io.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>

namespace crunc {

namespace process {
class FdSocket;
}  // namespace process

/// How long, and for whom, a socket is waited at.
struct ReceiveOptions {
  Timeout timeout{};       ///< for the whole of it; default 10 s
  std::stop_token stop{};  ///< ends the wait with Errc::cancelled
  /// The runtime that is to connect, from `on_spawned`: if it ends without having done so the wait ends, too. What it
  /// sent before its end is received all the same, and what a connected descendant sends within a second.
  std::optional<RuntimeProcess> runtime{};
  Executor executor{};  ///< where async_receive() does its I/O; unset: the token's executor, else the system's
};

/// A unix socket for `console_socket` of create, run and exec, which receives the terminal of the process.
///
/// It takes exactly one connection. The socket's mode is 0600 and its name is removed as soon as somebody has
/// connected; the peer must be root or the user of this process. Its pid is not checked, also where the runtime is
/// known: who connects is often a descendant of it, and may have ended before it can be looked at.
///
/// The runtime does not wait for an answer: receive() may come after the call has returned, or run beside it.
/// @threads distinct objects: safe; shared object: one receive() at a time
/// @note    go-runc: ReceiveMaster waits for ever if the runtime dies before it connects, and leaks what it received
///          when the count is wrong.
class CRUNC_API ConsoleSocket {
 public:
  /// Listen at `path`, which is made absolute; its directory should be closed to others (0700).
  ///
  /// runc itself connects to paths of at most 107 bytes ("connect: invalid argument"); crun to longer ones, too.
  /// @errors invalid_argument, system_error (address_in_use: something is there already, and stays)
  [[nodiscard]] static Result<ConsoleSocket> at(const std::filesystem::path& path);
  /// Listen in a new directory of mode 0700 in $XDG_RUNTIME_DIR, $TMPDIR or /tmp: the first where one can be made and
  /// the path is not too long for a runtime. It is removed with this object.
  /// @errors system_error
  [[nodiscard]] static Result<ConsoleSocket> temporary();
  ConsoleSocket(ConsoleSocket&& other) noexcept;
  ConsoleSocket& operator=(ConsoleSocket&& other) noexcept;
  ConsoleSocket(const ConsoleSocket&) = delete;
  ConsoleSocket& operator=(const ConsoleSocket&) = delete;
  ~ConsoleSocket();

  /// What the option `console_socket` wants to hear.
  [[nodiscard]] const std::filesystem::path& path() const noexcept;

  /// Wait for the runtime, and return the terminal that it sends.
  ///
  /// @errors timed_out, cancelled; runtime_failed: the runtime ended without connecting, or connected and sent nothing
  ///         (the result of the runtime's own call tells why); malformed_output: what came is not one pty master;
  ///         system_error: among others permission_denied, if a stranger connected, and too_many_files_open, after
  ///         which a connection that was not taken yet can be received once more; invalid_argument: this socket has
  ///         received already
  [[nodiscard]] Result<Console> receive(const ReceiveOptions& options = {}) const;
  /// The same for a completion token, with <crunc/async.hpp>; signature void(Result<Console>).
  template <class Token>
  auto async_receive(ReceiveOptions options, Token&& token) const;

 private:
  explicit ConsoleSocket(std::shared_ptr<process::FdSocket> socket) noexcept;
  [[nodiscard]] detail::Prepared<Console> prepare(const ReceiveOptions& options) const;
  std::shared_ptr<process::FdSocket> socket_;
};

/// What a PidfdSocket receives.
struct PidfdMessage {
  enum class Origin : std::uint8_t {
    init,  ///< the container's first process
    exec,  ///< of an `exec`
    other  ///< the runtime did not say, as crun does not
  };
  Descriptor pidfd{};
  pid_t pid = 0;  ///< its number in this process' pid namespace; 0 if it has none there, -1 once it was reaped
  Origin origin = Origin::other;
};

/// A unix socket that receives a pidfd of a container's process, which never comes to mean another process.
///
/// runc from 1.2 on sends one to `pidfd_socket` of create, run and exec. crun sends one for create and run if the
/// bundle's config.json has the annotation `run.oci.pidfd_receiver` with path() as its value.
/// All else is as it is with ConsoleSocket.
class CRUNC_API PidfdSocket {
 public:
  [[nodiscard]] static Result<PidfdSocket> at(const std::filesystem::path& path);
  [[nodiscard]] static Result<PidfdSocket> temporary();
  PidfdSocket(PidfdSocket&& other) noexcept;
  PidfdSocket& operator=(PidfdSocket&& other) noexcept;
  PidfdSocket(const PidfdSocket&) = delete;
  PidfdSocket& operator=(const PidfdSocket&) = delete;
  ~PidfdSocket();

  [[nodiscard]] const std::filesystem::path& path() const noexcept;
  [[nodiscard]] Result<PidfdMessage> receive(const ReceiveOptions& options = {}) const;
  template <class Token>
  auto async_receive(ReceiveOptions options, Token&& token) const;

 private:
  explicit PidfdSocket(std::shared_ptr<process::FdSocket> socket) noexcept;
  [[nodiscard]] detail::Prepared<PidfdMessage> prepare(const ReceiveOptions& options) const;
  std::shared_ptr<process::FdSocket> socket_;
};

}  // namespace crunc
