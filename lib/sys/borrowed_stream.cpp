// SPDX-License-Identifier: Apache-2.0
// Borrowed streams: how a descriptor is made non-blocking without anybody else noticing.

#include "sys/borrowed_stream.hpp"

#include <cerrno>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/calls.hpp"
#include "sys/pty.hpp"

namespace crunc::sys {
namespace {

/// Keeps SIGPIPE from this thread during one write, and takes away the one that the write has caused.
class WithoutSigpipe {
 public:
  WithoutSigpipe() noexcept {
    sigemptyset(&only_);
    sigaddset(&only_, SIGPIPE);
    sigset_t pending;
    was_pending_ = calls().sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    blocked_ = calls().thread_sigmask(SIG_BLOCK, &only_, &before_) == 0;
  }
  ~WithoutSigpipe() {
    if (blocked_) calls().thread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

  void take_away() const noexcept {
    if (was_pending_ || !blocked_) return;
    const timespec no_time{};
    while (calls().sigtimedwait(&only_, nullptr, &no_time) < 0 && errno == EINTR) {
    }
  }

 private:
  sigset_t only_;
  sigset_t before_;
  bool was_pending_;
  bool blocked_;
};

/// The same file once more; opening a pty's master anew would make another pty.
SysResult<Fd> open_anew(int fd, mode_t type, BorrowedStream::Use use) {
  const bool is_tty = S_ISCHR(type) && terminal_kind(fd) == TerminalKind::plain;
  if (!is_tty && !S_ISFIFO(type)) return make_error(ENXIO);
  const int access = use == BorrowedStream::Use::reading ? O_RDONLY : O_WRONLY;
  return open_file(("/proc/self/fd/" + std::to_string(fd)).c_str(), access | O_NONBLOCK | O_NOCTTY);
}

ssize_t write_whatever_signals(int fd, std::string_view bytes) noexcept {
  for (;;) {
    const ssize_t count = calls().write(fd, bytes.data(), bytes.size());
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace

ssize_t write_to_pipe(int fd, std::string_view bytes) noexcept {
  const WithoutSigpipe guard;
  const ssize_t count = write_whatever_signals(fd, bytes);
  const int error = errno;
  if (count < 0 && error == EPIPE) guard.take_away();
  errno = error;
  return count;
}

SysResult<BorrowedStream> BorrowedStream::borrow(int fd, Use use) {
  struct stat status {};
  if (calls().fstat(fd, &status) != 0) return last_error();
  const int flags = calls().fcntl(fd, F_GETFL, 0);
  if (flags < 0) return last_error();
  // Opening anew would grant what the descriptor itself does not.
  const int forbidden = use == Use::reading ? O_WRONLY : O_RDONLY;
  if ((flags & O_ACCMODE) == forbidden) return make_error(EBADF);
  BorrowedStream stream;
  stream.can_break_ = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  if ((flags & O_NONBLOCK) == 0) {
    if (SysResult<Fd> own = open_anew(fd, status.st_mode, use)) {
      stream.fd_ = std::move(*own);
      return stream;
    }
  }
  SysResult<Fd> copy = duplicate(fd);
  if (!copy) return copy.error();
  stream.fd_ = std::move(*copy);
  if ((flags & O_NONBLOCK) != 0 || S_ISREG(status.st_mode)) return stream;
  if (const std::error_code error = set_nonblocking(fd)) return error;
  stream.made_nonblocking_ = true;
  return stream;
}

BorrowedStream BorrowedStream::own(Fd fd) noexcept {
  BorrowedStream stream;
  struct stat status {};
  const bool is_known = calls().fstat(fd.get(), &status) == 0;
  stream.can_break_ = !is_known || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  stream.fd_ = std::move(fd);
  return stream;
}

BorrowedStream& BorrowedStream::operator=(BorrowedStream&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  fd_ = std::move(other.fd_);
  made_nonblocking_ = other.made_nonblocking_;
  can_break_ = other.can_break_;
  return *this;
}

ssize_t BorrowedStream::read(char* buffer, size_t size) const noexcept {
  for (;;) {
    const ssize_t got = calls().read(fd_.get(), buffer, size);
    if (got >= 0 || errno != EINTR) return got;
  }
}

ssize_t BorrowedStream::write(std::string_view bytes) const noexcept {
  return can_break_ ? write_to_pipe(fd_.get(), bytes) : write_whatever_signals(fd_.get(), bytes);
}

void BorrowedStream::give_back() noexcept {
  if (!fd_ || !made_nonblocking_) return;
  const int flags = calls().fcntl(fd_.get(), F_GETFL, 0);
  if (flags >= 0) calls().fcntl(fd_.get(), F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace crunc::sys
