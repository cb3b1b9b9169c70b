// SPDX-License-Identifier: Apache-2.0
// What the stdin, stdout and stderr of a container's process are, and what a call captured of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

#include <crunc/boxed.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc {

/// One standard stream of the runtime, and with it of the container's first process.
///
/// A runtime hands its own stdin, stdout and stderr on to the process that it starts, so a stream outlives the call:
/// what is given to `create` is the container's for its whole life.
class CRUNC_API Stream {
 public:
  enum class Kind : std::uint8_t { null, inherit, descriptor, handed_over, file, fifo, capture };

  /// /dev/null, opened for reading and writing.
  /// @note go-runc: opens it for reading only, and the container's writes fail with EBADF.
  [[nodiscard]] static Stream null() noexcept { return {Kind::null, -1}; }
  /// The same stream of this process.
  [[nodiscard]] static Stream inherit() noexcept { return {Kind::inherit, -1}; }
  /// An open descriptor of the caller, who keeps it and has it open until the call has returned (async: completed).
  /// For a pipe close your copy of the child's end afterwards, or its reader will never see the end; StreamPipe does.
  [[nodiscard]] static Stream descriptor(int fd) noexcept { return {Kind::descriptor, fd}; }
  /// An open descriptor that becomes the call's own: closed in this process right after the spawn, or with the last
  /// copy of this Stream. For one call only: a second finds it closed (EBADF).
  [[nodiscard]] static Stream hand_over(int fd);
  /// A file: for stdin opened for reading; for the others appended to, and made with mode 0644 if it is not there.
  [[nodiscard]] static Stream file(std::filesystem::path path) { return {Kind::file, std::move(path)}; }
  /// A fifo that is there already. As stdin it is opened for reading, and is at its end until a writer opens it. As
  /// stdout and stderr it is opened for both, so that the container waits for no reader and outlives it: what is
  /// written then fills the pipe.
  /// @note the Rust client opens outputs for writing alone, and blocks the caller until a reader comes.
  [[nodiscard]] static Stream fifo(std::filesystem::path path) { return {Kind::fifo, std::move(path)}; }
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
  /// The descriptor of a Kind::descriptor, or of a Kind::handed_over that no call had yet; else -1.
  [[nodiscard]] int fd() const noexcept;
  /// Of a Kind::file or Kind::fifo.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Close a Kind::handed_over that no call had; nothing else is touched.
  void close_handed_over() const noexcept;
  /// How many bytes a Kind::capture keeps.
  [[nodiscard]] std::size_t limit_bytes() const noexcept { return limit_bytes_; }

 private:
  class HandedOver;
  Stream(Kind kind, int fd, std::size_t limit_bytes = 0) noexcept : kind_(kind), fd_(fd), limit_bytes_(limit_bytes) {}
  Stream(Kind kind, std::filesystem::path path) : kind_(kind), path_(std::move(path)) {}
  Kind kind_;
  int fd_ = -1;
  std::size_t limit_bytes_ = 0;
  std::shared_ptr<HandedOver> handed_over_{};
  Boxed<std::filesystem::path> path_{};
};

/// Who owns a pipe. A container's user may open /dev/stdout anew, and needs to be its owner then.
struct StreamOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A pipe between this process and a container: one end is kept here, the other is a Stream for one call, closed in
/// this process right after the spawn, so that either side sees the other's end.
/// @threads distinct objects: safe; shared object: unsafe
/// @note go-runc: CloseAfterStart leaves stdin's reading end open in the parent.
class CRUNC_API StreamPipe {
 public:
  /// A pipe for stdin, whose writing end is kept.
  /// @param owner  who owns the pipe; nobody: this process' user
  /// @errors system_error
  [[nodiscard]] static Result<StreamPipe> to_container(const std::optional<StreamOwner>& owner = {}) {
    return make(true, owner);
  }
  /// A pipe for stdout or stderr, whose reading end is kept.
  /// @errors as to_container()
  [[nodiscard]] static Result<StreamPipe> from_container(const std::optional<StreamOwner>& owner = {}) {
    return make(false, owner);
  }
  StreamPipe(StreamPipe&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), childs_end_(std::move(other.childs_end_)) {}
  StreamPipe& operator=(StreamPipe&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(childs_end_, other.childs_end_);
    return *this;
  }
  StreamPipe(const StreamPipe&) = delete;
  StreamPipe& operator=(const StreamPipe&) = delete;
  ~StreamPipe() { close(); }

  /// The other end, for Io.
  [[nodiscard]] Stream stream() const { return childs_end_; }
  /// This end: blocking, close-on-exec; -1 once closed or released.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Give this end away, to be closed by the caller.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Close this end: a container's stdin is at its end then.
  void close() noexcept;

 private:
  static Result<StreamPipe> make(bool child_reads, const std::optional<StreamOwner>& owner);
  StreamPipe(int fd, Stream childs_end) noexcept : fd_(fd), childs_end_(std::move(childs_end)) {}
  int fd_;
  Stream childs_end_;
};

/// The three standard streams. By default all are /dev/null.
struct Io {
  Stream in = Stream::null();
  Stream out = Stream::null();
  Stream err = Stream::null();

  /// The three streams of this process.
  [[nodiscard]] static Io inherit() {
    return {.in = Stream::inherit(), .out = Stream::inherit(), .err = Stream::inherit()};
  }
  /// No input, and both outputs captured, apart from each other.
  [[nodiscard]] static Io capture() {
    return {.in = Stream::null(), .out = Stream::capture(), .err = Stream::capture()};
  }
};

/// What a call read of streams that were Stream::capture(); empty where they were something else.
struct Output {
  std::string out{};
  std::string err{};
  bool truncated = false;  ///< one of them went over its limit, or could not be read to its end
};

/// A call that ran a process to its end.
struct Finished {
  ExitStatus status;  ///< of the process: a container's process killed by signal n comes as exited(128+n)
  Output output{};
};

class Process;

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

  // The library's own.
  explicit RuntimeProcess(std::shared_ptr<const Process> process) noexcept : process_(std::move(process)) {}
  [[nodiscard]] const Process& process() const noexcept { return *process_; }

 private:
  std::shared_ptr<const Process> process_;
};

/// Called once when the runtime was started, on the thread that started it; must not block.
using OnSpawned = std::function<void(const RuntimeProcess&)>;

}  // namespace crunc
