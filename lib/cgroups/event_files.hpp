// SPDX-License-Identifier: Apache-2.0
// What all events of cgroups need: files that tell of their changes, and what they say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <crunc/error.hpp>

#include "sys/fd.hpp"

namespace crunc::cgroups {

/// A small file that is read again and again; nothing once its cgroup is gone.
[[nodiscard]] Result<std::optional<std::string>> read_event_file(int fd, std::string_view name);

/// A file of a cgroup. A missing one is `missing`, or cgroup_gone.
[[nodiscard]] Result<sys::Fd> open_event_file(int dirfd, const char* name, int flags, Errc missing);

/// cgroup.events; what is absent in it is false.
struct CoreState {
  bool populated = false;
  bool frozen = false;
  bool operator==(const CoreState&) const = default;
};
[[nodiscard]] CoreState parse_core_events(std::string_view text) noexcept;

/// An epoll descriptor, readable when one of those added to it is ready.
class ReadyAny {
 public:
  [[nodiscard]] static Result<ReadyAny> make();
  /// @param poll_events  POLLIN or POLLPRI
  [[nodiscard]] std::error_code add(int fd, short poll_events) const noexcept;
  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }

 private:
  sys::Fd epoll_{};
};

/// An eventfd that v1 counts up at each event of `file` (by `file_fd`), as `argument` has it.
[[nodiscard]] Result<sys::Fd> register_event(int dirfd, int file_fd, std::string_view argument);

/// The count of an eventfd or timerfd, which begins anew; 0 when there is none.
[[nodiscard]] std::uint64_t take_count(int fd) noexcept;

}  // namespace crunc::cgroups
