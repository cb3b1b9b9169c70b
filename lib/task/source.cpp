// SPDX-License-Identifier: Apache-2.0
// From what a stream is to be, to a descriptor to read from.

#include "task/source.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "sys/calls.hpp"
#include "task/named_pipe.hpp"

namespace crunc::task {
namespace {

Result<sys::BorrowedStream> borrow(int fd) {
  const auto fail = [fd](std::error_code why) {
    return Error(Errc::system_error, "read from descriptor " + std::to_string(fd), why);
  };
  if (fd < 0) return fail(sys::make_error(EBADF));
  sys::SysResult<sys::BorrowedStream> stream = sys::BorrowedStream::borrow(fd, sys::BorrowedStream::Use::reading);
  if (!stream) return fail(stream.error());
  return std::move(*stream);
}

}  // namespace

Result<sys::BorrowedStream> open_source(const Stream& stream) {
  const std::string path = stream.path().string();
  switch (stream.kind()) {
    case Stream::Kind::capture: return Error(Errc::invalid_argument, "an input cannot be captured");
    case Stream::Kind::descriptor: return borrow(stream.fd());
    case Stream::Kind::handed_over: {
      Result<sys::BorrowedStream> source = borrow(stream.fd());
      stream.close_handed_over();
      return source;
    }
    case Stream::Kind::inherit:
      if (sys::calls().fcntl(STDIN_FILENO, F_GETFD, 0) < 0) break;
      return borrow(STDIN_FILENO);
    case Stream::Kind::file: {
      sys::SysResult<sys::Fd> file = sys::open_file(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
      if (!file) return Error(Errc::system_error, "open " + path, file.error());
      return sys::BorrowedStream::own(std::move(*file));
    }
    case Stream::Kind::fifo: {
      Result<sys::Fd> fifo = open_reader(path);
      if (!fifo) return fifo.error();
      return sys::BorrowedStream::own(std::move(*fifo));
    }
    case Stream::Kind::null: break;
  }
  return sys::BorrowedStream();
}

}  // namespace crunc::task
