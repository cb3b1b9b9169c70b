// SPDX-License-Identifier: Apache-2.0
// The terminal by termios(3).

#include "terminal_guard.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace crunc::cli {
namespace {

bool in_foreground(int terminal) noexcept { return ::tcgetpgrp(terminal) == ::getpgrp(); }

}  // namespace

TerminalGuard::TerminalGuard() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (terminal_ < 0 && ::isatty(stream) == 1) terminal_ = stream;
  }
  if (terminal_ < 0) {
    opened_ = Descriptor(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (opened_.fd() <= STDERR_FILENO) opened_.reset();  // in the place of a stream that is closed, and is to stay so
    terminal_ = opened_.fd();
  }
  const bool ours = terminal_ >= 0 && in_foreground(terminal_) && ::tcgetattr(terminal_, &mode_) == 0;
  if (!ours) terminal_ = -1;
}

void TerminalGuard::restore() const noexcept {
  // At once: output that a stopped terminal does not take could be waited for without end.
  if (terminal_ >= 0 && in_foreground(terminal_)) ::tcsetattr(terminal_, TCSANOW, &mode_);
}

}  // namespace crunc::cli
