// SPDX-License-Identifier: Apache-2.0
// Files that tell of their changes.

#include "cgroups/event_files.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "cgroups/directory.hpp"
#include "cgroups/parse.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {

Result<std::optional<std::string>> read_event_file(int fd, std::string_view name) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = sys::calls().pread(fd, buffer.data(), buffer.size(), 0);
    if (got >= 0) return std::optional(std::string(buffer.data(), static_cast<std::size_t>(got)));
    if (errno == ENODEV) return std::optional<std::string>();
    if (errno != EINTR) return Error(Errc::system_error, "read " + std::string(name), sys::last_error());
  }
}

Result<sys::Fd> open_event_file(int dirfd, const char* name, int flags, Errc missing) {
  for (;;) {
    sys::Fd fd(sys::calls().openat(dirfd, name, flags | O_CLOEXEC | O_NOFOLLOW, 0));
    if (fd) return fd;
    if (errno == EINTR) continue;
    const std::error_code why = sys::last_error();
    const bool is_missing = why == std::errc::no_such_file_or_directory || why == std::errc::not_supported ||
                            why == std::errc::operation_not_supported;
    Errc code = is_missing ? missing : Errc::system_error;
    if (why == std::errc::no_such_device || (is_missing && is_removed(dirfd))) code = Errc::cgroup_gone;
    return Error(code, std::string("open ") + name, why);
  }
}

CoreState parse_core_events(std::string_view text) noexcept {
  CoreState state;
  static_cast<void>(each_flat(text, [&](std::string_view key, std::string_view value) {
    if (key == "populated") state.populated = parse_count(value) == 1;
    if (key == "frozen") state.frozen = parse_count(value) == 1;
    return true;
  }));
  return state;
}

Result<ReadyAny> ReadyAny::make() {
  ReadyAny any;
  any.epoll_ = sys::Fd(sys::calls().epoll_create1(EPOLL_CLOEXEC));
  if (!any.epoll_) return Error(Errc::system_error, "make an epoll descriptor", sys::last_error());
  return any;
}

std::error_code ReadyAny::add(int fd, short poll_events) const noexcept {
  epoll_event event{};
  event.events = poll_events == POLLPRI ? EPOLLPRI : EPOLLIN;
  event.data.fd = fd;
  return sys::calls().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? std::error_code{} : sys::last_error();
}

Result<sys::Fd> register_event(int dirfd, int file_fd, std::string_view argument) {
  sys::Fd event(sys::calls().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return Error(Errc::system_error, "make an eventfd", sys::last_error());
  // A compile option of newer kernels.
  const Result<sys::Fd> control = open_event_file(dirfd, "cgroup.event_control", O_WRONLY, Errc::unsupported);
  if (!control) return control.error();
  std::string line = std::to_string(event.get()) + ' ' + std::to_string(file_fd);
  if (!argument.empty()) line += ' ' + std::string(argument);
  for (;;) {
    if (sys::calls().write(control->get(), line.data(), line.size()) >= 0) return event;
    if (errno == EINTR) continue;
    const Errc code = errno == ENODEV ? Errc::cgroup_gone : errno == EINVAL ? Errc::unsupported : Errc::system_error;
    return Error(code, "write " + line + " to cgroup.event_control", sys::last_error());
  }
}

std::uint64_t take_count(int fd) noexcept {
  std::uint64_t count = 0;
  return sys::calls().read(fd, &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace crunc::cgroups
