// SPDX-License-Identifier: Apache-2.0
// Owned file descriptors and the few ways in which the library makes and reads them.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/system/result.hpp>

namespace crunc::sys {

/// A value, or the errno of the system call that failed. Whoever knows the object turns it into a crunc::Error.
template <class T>
using SysResult = boost::system::result<T, std::error_code>;

/// The present errno as an error_code.
[[nodiscard]] std::error_code last_error() noexcept;
[[nodiscard]] std::error_code make_error(int error_number) noexcept;

/// A descriptor that is closed with its owner. Every one that the library makes is close-on-exec.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd reader;
  Fd writer;
};

/// A pipe whose reader is non-blocking; the writer, which a child gets, is not.
[[nodiscard]] SysResult<Pipe> make_capture_pipe();

/// An anonymous file in memory.
[[nodiscard]] SysResult<Fd> make_memfd(const char* name);

/// A duplicate of `fd`, close-on-exec.
[[nodiscard]] SysResult<Fd> duplicate(int fd);

/// Reads and writes of the open file description, which other descriptors may share, no longer wait.
[[nodiscard]] std::error_code set_nonblocking(int fd) noexcept;

[[nodiscard]] SysResult<Fd> open_file(const char* path, int flags, unsigned mode = 0);

/// All bytes of a file from its start, at most `limit`; the file's offset is neither used nor moved.
[[nodiscard]] SysResult<std::string> read_whole(int fd, size_t limit);

/// The bytes of a file, at most `limit`.
[[nodiscard]] SysResult<std::string> read_file(const char* path, size_t limit);

/// Write all of `bytes`.
[[nodiscard]] std::error_code write_whole(int fd, std::string_view bytes);

/// Write all of `bytes` to a file from its start; the file's offset is neither used nor moved.
[[nodiscard]] std::error_code write_at_start(int fd, std::string_view bytes);

/// The number of bytes that can be read from a pipe now.
[[nodiscard]] SysResult<size_t> readable_bytes(int fd) noexcept;

}  // namespace crunc::sys
