// SPDX-License-Identifier: Apache-2.0
//
// Looking at processes that are nobody's child here: those of containers.
#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <string>

#include "support/text_file.hpp"

namespace crunc::test {

/// Whether a process runs. Where process 1 does not reap, a container's process stays a zombie for ever.
[[nodiscard]] inline bool is_alive(pid_t pid) {
  const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end + 2, 1) != "Z";
}

/// Wait until a process has ended, at most ten seconds.
inline void wait_for_end(pid_t pid) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return;
  pollfd entry{.fd = pidfd, .events = POLLIN, .revents = 0};
  ::poll(&entry, 1, 10'000);
  ::close(pidfd);
}

}  // namespace crunc::test
