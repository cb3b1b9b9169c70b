// SPDX-License-Identifier: Apache-2.0
// Hands the signals that reach this process on to a child, for commands that stand in the child's place.
#pragma once

#include <csignal>
#include <optional>

#include <crunc/monitor.hpp>

#include "sys/fd.hpp"

namespace crunc::process {

/// While one exists, the calling thread blocks the signals that are handed on, and SIGCHLD, and reads them from a
/// descriptor.
/// To be destroyed on the thread that made it.
class SignalRelay {
 public:
  [[nodiscard]] static sys::SysResult<SignalRelay> start();
  SignalRelay(SignalRelay&& other) noexcept;
  SignalRelay& operator=(SignalRelay&&) = delete;
  SignalRelay(const SignalRelay&) = delete;
  SignalRelay& operator=(const SignalRelay&) = delete;
  ~SignalRelay();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The mask that the thread had, for the child.
  [[nodiscard]] const sigset_t& mask_before() const noexcept { return mask_before_; }
  /// Send every pending signal on, but those that a terminal sends: the child, in the same process group, got them too.
  /// If job control has stopped the child, this process stops as well, and goes on when it is continued.
  void hand_on(const Process& child);

 private:
  explicit SignalRelay(const sigset_t& mask_before) noexcept : mask_before_(mask_before) {}
  sys::Fd fd_{};
  sigset_t mask_before_;
  bool active_ = true;
};

}  // namespace crunc::process
