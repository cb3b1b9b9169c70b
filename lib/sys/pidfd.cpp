// SPDX-License-Identifier: Apache-2.0
// Calls on pidfds. A pidfd names one process for good, so none of this can meet a recycled pid.

#include "sys/pidfd.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <linux/ioctl.h>

#include "sys/calls.hpp"

namespace crunc::sys {
namespace {

// Of linux/pidfd.h, which Debian 12's headers do not have yet: the first version of the struct and one of its bits.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroup_id;
  std::uint32_t ids[11];
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t info_exit = 1U << 3;
constexpr unsigned long get_info = _IOWR(0xFF, 11, PidfdInfo);

/// What poll(2) says of a pidfd at once; less than nothing when it fails.
int events_of(int pidfd) noexcept {
  pollfd entry{.fd = pidfd, .events = POLLIN, .revents = 0};
  const timespec no_time{};
  int ready = 0;
  do {
    ready = calls().poll(&entry, 1, &no_time);
  } while (ready < 0 && errno == EINTR);
  return ready < 0 ? -1 : entry.revents;
}

bool reaped_by_now(int pidfd) noexcept {
  const int events = events_of(pidfd);
  return events > 0 && (events & POLLHUP) != 0;
}

}  // namespace

std::error_code send_signal(int pidfd, int signo) noexcept {
  return calls().pidfd_send_signal(pidfd, signo) == 0 ? std::error_code{} : last_error();
}

SysResult<Fd> open_pidfd(pid_t pid) {
  Fd fd(calls().pidfd_open(pid));
  if (fd) return fd;
  const std::error_code why = last_error();
  // Of a process that is just being reaped, and of a thread, kernels say EINVAL, newer ones ENOENT of the latter.
  const bool is_none = why == std::errc::invalid_argument || why == std::errc::no_such_file_or_directory;
  return is_none ? make_error(ESRCH) : why;
}

std::optional<bool> has_ended(int pidfd) noexcept {
  const int events = events_of(pidfd);
  return events < 0 ? std::nullopt : std::optional((events & POLLIN) != 0);
}

SysResult<pid_t> pid_of(int pidfd) {
  constexpr size_t longest = 4096;
  const std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
  const SysResult<Fd> file = open_file(path.c_str(), O_RDONLY);
  if (!file) return file.error();
  const SysResult<std::string> info = read_whole(file->get(), longest);
  if (!info) return info.error();
  constexpr std::string_view key = "\nPid:\t";
  const size_t found = info->find(key);
  if (found == std::string::npos) return make_error(EBADF);
  const std::string_view rest = std::string_view(*info).substr(found + key.size());
  pid_t pid = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), pid).ec != std::errc{}) return make_error(EBADF);
  return pid;
}

std::optional<ExitStatus> recover_status(int pidfd) noexcept {
  // A reaper in another thread may have taken the zombie and not yet published its status: POLLHUP says that it has.
  // Kernels before 6.15 refuse the ioctl at once.
  constexpr int attempts = 50;
  for (int i = 0; i < attempts; ++i) {
    PidfdInfo info{};
    info.mask = info_exit;
    if (calls().ioctl(pidfd, get_info, &info) != 0 && errno != ESRCH) return std::nullopt;
    if ((info.mask & info_exit) != 0) return ExitStatus::from_wait_status(info.exit_code);
    if (reaped_by_now(pidfd) && i > 2) break;
    const timespec pause{.tv_sec = 0, .tv_nsec = 100'000};
    calls().poll(nullptr, 0, &pause);
  }
  return std::nullopt;
}

}  // namespace crunc::sys
