// SPDX-License-Identifier: Apache-2.0
// What the stdin, stdout and stderr of a container's process are, and what a call captured of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc {

/// One standard stream of the runtime, and with it of the container's first process.
///
/// A runtime hands its own stdin, stdout and stderr on to the process that it starts, so a stream outlives the call:
/// what is given to `create` is the container's for its whole life.
class CRUNC_API Stream {
 public:
  enum class Kind : std::uint8_t { null, inherit, descriptor, capture };

  /// /dev/null, opened for reading and writing.
  /// @note go-runc: opens it for reading only, and the container's writes fail with EBADF (client.md B18).
  [[nodiscard]] static Stream null() noexcept { return {Kind::null, -1}; }
  /// The same stream of this process.
  [[nodiscard]] static Stream inherit() noexcept { return {Kind::inherit, -1}; }
  /// An open descriptor of the caller, who keeps it and has it open until the call has returned (async: completed).
  /// For a pipe close your copy of the child's end afterwards, or its reader will never see the end.
  [[nodiscard]] static Stream descriptor(int fd) noexcept { return {Kind::descriptor, fd}; }
  /// A pipe that the call reads until the *runtime* ends, for stdout and stderr; the result has the bytes.
  ///
  /// Meant for a foreground `run` or `exec`, and for stderr of a `create` with a terminal. What a container that goes
  /// on living writes later finds no reader (EPIPE): give `create` a descriptor of your own instead.
  /// @param limit_bytes  what comes after so many bytes is read and dropped, and the Output says `truncated`
  [[nodiscard]] static Stream capture(std::size_t limit_bytes = default_limit_bytes) noexcept {
    return {Kind::capture, -1, limit_bytes};
  }
  static constexpr std::size_t default_limit_bytes = std::size_t{64} * 1024 * 1024;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// The descriptor of a Kind::descriptor, else -1.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// How many bytes a Kind::capture keeps.
  [[nodiscard]] std::size_t limit_bytes() const noexcept { return limit_bytes_; }

 private:
  Stream(Kind kind, int fd, std::size_t limit_bytes = 0) noexcept : kind_(kind), fd_(fd), limit_bytes_(limit_bytes) {}
  Kind kind_;
  int fd_;
  std::size_t limit_bytes_;
};

/// The three standard streams. By default all are /dev/null.
struct Io {
  Stream in = Stream::null();
  Stream out = Stream::null();
  Stream err = Stream::null();

  /// The three streams of this process.
  [[nodiscard]] static Io inherit() noexcept {
    return {.in = Stream::inherit(), .out = Stream::inherit(), .err = Stream::inherit()};
  }
  /// No input, and both outputs captured, apart from each other.
  [[nodiscard]] static Io capture() noexcept {
    return {.in = Stream::null(), .out = Stream::capture(), .err = Stream::capture()};
  }
};

/// What a call read of streams that were Stream::capture(); empty where they were something else.
struct Output {
  std::string out{};
  std::string err{};
  bool truncated = false;  ///< one of them went over its limit
};

/// A call that ran a process to its end.
struct Finished {
  ExitStatus status;  ///< of the process: a container's process killed by signal n comes as exited(128+n)
  Output output{};
};

/// A runtime that is running: a handle to look at and to signal, which never reaches a recycled pid.
///
/// It stays valid after the process has ended; a signal then fails with Errc::not_running.
/// @threads distinct objects: safe; shared object: safe (const)
class CRUNC_API RuntimeProcess {
 public:
  /// The runtime's own process id (not the container's).
  [[nodiscard]] pid_t pid() const noexcept;
  /// Send signal `signo` (1..64), by pidfd.
  /// @errors Errc::not_running after the end; Errc::system_error
  [[nodiscard]] Result<void> signal(int signo) const;

  class State;  // the library's own
  explicit RuntimeProcess(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] const State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

/// Called once when the runtime was started, on the thread that started it; must not block.
using OnSpawned = std::function<void(const RuntimeProcess&)>;

}  // namespace crunc
