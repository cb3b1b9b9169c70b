// SPDX-License-Identifier: Apache-2.0
// The kernel's process events: which process was born, which thread ended how, of the whole machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "sys/fd.hpp"

namespace crunc::sys {

struct ProcEvent {
  enum class Kind : std::uint8_t {
    born,   ///< a process, not one of its further threads
    ended,  ///< a thread: the last that is told of a process has its status
    answer  ///< to a request for events
  };
  Kind kind;
  pid_t process = 0;
  int wait_status = 0;        ///< of what ended
  int error = 0;              ///< of an answer: an errno, or 0
  std::uint32_t answers = 0;  ///< the number of the request
};

/// The event of one datagram; nothing for those of other kinds and for what is none. @source linux/cn_proc.h
[[nodiscard]] std::optional<ProcEvent> parse_proc_event(std::string_view datagram) noexcept;

/// A non-blocking socket on which the events come from now on. Needs CAP_NET_ADMIN, and the first namespaces of users,
/// processes and networks: for pids in them is what is told. EPROTONOSUPPORT, EPERM; ETIMEDOUT: the kernel has not
/// answered within `patience`, as it does in other namespaces.
[[nodiscard]] SysResult<Fd> subscribe_proc_events(std::chrono::milliseconds patience);

/// Says that they are no longer wanted, which the kernel does not notice by itself.
void unsubscribe_proc_events(int socket) noexcept;

/// Adds the events that are there. ENOBUFS: some were lost, and there may be more; call again.
[[nodiscard]] std::error_code read_proc_events(int socket, std::vector<ProcEvent>& events);

}  // namespace crunc::sys
