// SPDX-License-Identifier: Apache-2.0
// A stream of somebody else's, such as this process' stdin, read or written without ever waiting.
#pragma once

#include <cstdint>
#include <string_view>

#include "sys/fd.hpp"

namespace crunc::sys {

/// As write(2), but for EINTR; a broken pipe is EPIPE and no SIGPIPE.
[[nodiscard]] ssize_t write_to_pipe(int fd, std::string_view bytes) noexcept;

/// One's own handle on a caller's descriptor.
///
/// O_NONBLOCK belongs to the open file description, which a stdin shares with the shell and every process of its
/// pipeline, so it is not set there where that can be helped: pipes and terminals are opened anew. Sockets, and what
/// cannot be opened anew, get it for the lifetime of this object.
class BorrowedStream {
 public:
  enum class Use : std::uint8_t { reading, writing };
  [[nodiscard]] static SysResult<BorrowedStream> borrow(int fd, Use use);
  /// Not borrowed at all: a non-blocking descriptor of one's own.
  [[nodiscard]] static BorrowedStream own(Fd fd) noexcept;
  BorrowedStream() = default;
  BorrowedStream(BorrowedStream&&) noexcept = default;
  BorrowedStream& operator=(BorrowedStream&& other) noexcept;
  BorrowedStream(const BorrowedStream&) = delete;
  BorrowedStream& operator=(const BorrowedStream&) = delete;
  ~BorrowedStream() { give_back(); }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// As read(2), but for EINTR.
  [[nodiscard]] ssize_t read(char* buffer, size_t size) const noexcept;
  /// As write_to_pipe().
  [[nodiscard]] ssize_t write(std::string_view bytes) const noexcept;

 private:
  void give_back() noexcept;

  Fd fd_{};
  bool made_nonblocking_ = false;
  bool can_break_ = false;  ///< a pipe or socket
};

}  // namespace crunc::sys
