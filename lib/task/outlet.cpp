// SPDX-License-Identifier: Apache-2.0
// Outlets of one step, and which sink has which.

#include "task/outlet.hpp"

#include <cerrno>
#include <exception>

#include <fcntl.h>
#include <unistd.h>

#include "sys/calls.hpp"
#include "sys/pty.hpp"
#include "task/named_pipe.hpp"
#include "task/rotated_file.hpp"

namespace crunc::task {
namespace {

constexpr mode_t file_mode = 0644;  // as Stream::file()

Result<std::unique_ptr<Outlet>> outlet_of_descriptor(int fd, std::string name) {
  if (fd < 0) return Error(Errc::system_error, "write to " + name, sys::make_error(EBADF));
  sys::SysResult<sys::BorrowedStream> stream = sys::BorrowedStream::borrow(fd, sys::BorrowedStream::Use::writing);
  if (!stream) return Error(Errc::system_error, "write to " + name, stream.error());
  return std::make_unique<FdOutlet>(std::move(*stream), std::move(name));
}

Result<std::unique_ptr<Outlet>> outlet_of_file(const std::string& path) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY;
  sys::SysResult<sys::Fd> file = sys::open_file(path.c_str(), flags, file_mode);
  if (!file) return Error(Errc::system_error, "open " + path, file.error());
  return make_outlet(std::move(*file), path);
}

Result<std::unique_ptr<Outlet>> outlet_of_stream(const Stream& stream) {
  const std::string path = stream.path().string();
  switch (stream.kind()) {
    case Stream::Kind::capture: return Error(Errc::invalid_argument, "an output that is captured belongs to a call");
    case Stream::Kind::file: return outlet_of_file(path);
    case Stream::Kind::fifo: {
      Result<sys::Fd> fifo = open_held(path);
      if (!fifo) return fifo.error();
      return make_outlet(std::move(*fifo), path);
    }
    case Stream::Kind::descriptor:
      return outlet_of_descriptor(stream.fd(), "descriptor " + std::to_string(stream.fd()));
    case Stream::Kind::handed_over: {
      auto outlet = outlet_of_descriptor(stream.fd(), "descriptor " + std::to_string(stream.fd()));
      stream.close_handed_over();
      return outlet;
    }
    case Stream::Kind::inherit:
      // Where this process itself has none it goes nowhere.
      if (sys::calls().fcntl(STDOUT_FILENO, F_GETFD, 0) < 0) break;
      return outlet_of_descriptor(STDOUT_FILENO, "stdout");
    case Stream::Kind::null: break;
  }
  return std::make_unique<NullOutlet>();
}

}  // namespace

Result<std::size_t> CallbackOutlet::write(std::string_view bytes) {
  try {
    callback_(bytes);
    return bytes.size();
  } catch (const std::exception& thrown) {
    return Error(Errc::system_error, std::string("the callback of an output threw: ") + thrown.what());
  } catch (...) {
    return Error(Errc::system_error, "the callback of an output threw");
  }
}

FdOutlet::FdOutlet(sys::BorrowedStream stream, std::string name)
    : stream_(std::move(stream)),
      name_(std::move(name)),
      is_master_(sys::terminal_kind(stream_.fd()) == sys::TerminalKind::master) {}

Result<std::size_t> FdOutlet::write(std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t put = stream_.write(bytes.substr(written));
    if (put > 0) {
      hang_up_.over();
      written += static_cast<std::size_t>(put);
      continue;
    }
    const int error = put < 0 ? errno : EAGAIN;  // a terminal that is full takes nothing, and says so by 0
    if (is_master_ && (error == EIO || (error == EAGAIN && sys::is_hung_up(stream_.fd())))) {
      hang_up_.found();
    } else if (error != EAGAIN && written == 0) {
      return Error(Errc::system_error, "write to " + name_, sys::make_error(error));
    }
    break;
  }
  return written;
}

Result<std::unique_ptr<Outlet>> make_outlet(const Sink& sink) {
  switch (sink.kind()) {
    case Sink::Kind::stream: break;
    case Sink::Kind::rotated_file: return FileOutlet::open(sink.path(), sink.rotation());
    case Sink::Kind::logger: return Error(Errc::invalid_argument, "a logger reads by itself");
    case Sink::Kind::callback:
      if (!sink.on_bytes()) return Error(Errc::invalid_argument, "the callback of an output is empty");
      return std::make_unique<CallbackOutlet>(sink.on_bytes());
  }
  return outlet_of_stream(sink.stream());
}

Result<std::unique_ptr<Outlet>> make_outlet(sys::Fd fd, std::string name) {
  return std::make_unique<FdOutlet>(sys::BorrowedStream::own(std::move(fd)), std::move(name));
}

}  // namespace crunc::task
