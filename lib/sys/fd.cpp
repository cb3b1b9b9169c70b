// SPDX-License-Identifier: Apache-2.0
// Owned file descriptors. EINTR is met where a call can give it before anything was done.

#include "sys/fd.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <crunc/descriptor.hpp>

#include "sys/calls.hpp"

namespace crunc {

void Descriptor::reset() noexcept { sys::Fd(release()).reset(); }

namespace sys {

std::error_code make_error(int error_number) noexcept { return {error_number, std::system_category()}; }
std::error_code last_error() noexcept { return make_error(errno); }

void Fd::reset() noexcept {
  // Linux closes the descriptor whatever close() returns, so there is nothing to retry.
  if (fd_ >= 0) calls().close(std::exchange(fd_, -1));
}

SysResult<Pipe> make_capture_pipe() {
  int ends[2];
  if (calls().pipe2(ends, O_CLOEXEC) != 0) return last_error();
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  // Each end is an open file description of its own: this leaves the writer blocking.
  if (calls().fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK) != 0) return last_error();
  return pipe;
}

SysResult<Fd> make_memfd(const char* name) {
  Fd fd(calls().memfd_create(name, MFD_CLOEXEC));
  if (!fd) return last_error();
  return fd;
}

SysResult<Fd> duplicate(int fd) {
  Fd copy(calls().fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) return last_error();
  return copy;
}

std::error_code set_nonblocking(int fd) noexcept {
  const int flags = calls().fcntl(fd, F_GETFL, 0);
  if (flags < 0) return last_error();
  if ((flags & O_NONBLOCK) != 0) return {};
  return calls().fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? std::error_code{} : last_error();
}

SysResult<Fd> open_file(const char* path, int flags, unsigned mode) {
  for (;;) {
    Fd fd(calls().open(path, flags | O_CLOEXEC, mode));
    if (fd) return fd;
    if (errno != EINTR) return last_error();
  }
}

SysResult<std::string> read_whole(int fd, size_t limit) {
  constexpr size_t chunk = std::size_t{16} * 1024;
  std::string bytes;
  while (bytes.size() < limit) {
    const size_t had = bytes.size();
    bytes.resize(had + std::min(chunk, limit - had));
    const ssize_t got = calls().pread(fd, bytes.data() + had, bytes.size() - had, static_cast<off_t>(had));
    if (got < 0 && errno != EINTR) return last_error();
    bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
  }
  return bytes;
}

SysResult<std::string> read_file(const char* path, size_t limit) {
  const SysResult<Fd> file = open_file(path, O_RDONLY);
  if (!file) return file.error();
  return read_whole(file->get(), limit);
}

std::error_code write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = calls().write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return last_error();
    }
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

std::error_code write_at_start(int fd, std::string_view bytes) {
  off_t offset = 0;
  while (!bytes.empty()) {
    const ssize_t put = calls().pwrite(fd, bytes.data(), bytes.size(), offset);
    if (put < 0) {
      if (errno == EINTR) continue;
      return last_error();
    }
    bytes.remove_prefix(static_cast<size_t>(put));
    offset += put;
  }
  return {};
}

SysResult<size_t> readable_bytes(int fd) noexcept {
  int count = 0;
  if (calls().ioctl(fd, FIONREAD, &count) != 0) return {boost::system::in_place_error, last_error()};
  return {boost::system::in_place_value, static_cast<size_t>(count)};
}

}  // namespace sys
}  // namespace crunc
