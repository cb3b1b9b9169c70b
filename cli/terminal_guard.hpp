// SPDX-License-Identifier: Apache-2.0
// The state of the terminal that a runtime works on, for when the runtime cannot put it back itself.
#pragma once

#include <termios.h>

#include <crunc/descriptor.hpp>

namespace crunc::cli {

/// Remembers the mode of the terminal that a runtime would put into raw mode: stdin, stdout or stderr, whichever is the
/// first that is one, else /dev/tty. Does nothing where there is none, or where it is not ours to change.
class TerminalGuard {
 public:
  TerminalGuard();

  /// Puts the mode back, unless somebody else has the terminal now: to change it from the background would stop us.
  void restore() const noexcept;

 private:
  int terminal_ = -1;
  Descriptor opened_{};
  termios mode_{};
};

}  // namespace crunc::cli
