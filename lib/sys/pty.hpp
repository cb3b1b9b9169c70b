// SPDX-License-Identifier: Apache-2.0
// Terminals and the masters of pseudo-terminals.
#pragma once

#include <cstdint>

#include <termios.h>

#include <sys/ioctl.h>

#include "sys/fd.hpp"

namespace crunc::sys {

enum class TerminalKind : std::uint8_t {
  none,    ///< no terminal
  plain,   ///< a terminal: a pty's slave, a console, a serial line
  master,  ///< the master of a pty
};

[[nodiscard]] TerminalKind terminal_kind(int fd) noexcept;

/// Whether nobody has the slave of a master open, or nobody the writing end of a pipe any more: poll(2) then reports
/// the descriptor at once, whatever it is asked to wait for. Of a fifo that was opened before its first writer it is
/// false until there was one.
[[nodiscard]] bool is_hung_up(int fd) noexcept;

/// The number of a pty in the devpts instance that it belongs to.
[[nodiscard]] SysResult<unsigned> pty_number(int master);

/// The slave of a pty, by the master itself and not by a path, which somebody else may have made.
[[nodiscard]] SysResult<Fd> open_peer(int master);

[[nodiscard]] SysResult<winsize> window_size(int tty);
[[nodiscard]] std::error_code set_window_size(int tty, const winsize& size);

/// On a master both speak of the slave's mode.
[[nodiscard]] SysResult<termios> terminal_mode(int tty);
/// At once (TCSANOW): to wait for output that a stopped terminal does not take could last for ever. Async-signal-safe.
[[nodiscard]] std::error_code set_terminal_mode(int tty, const termios& mode) noexcept;

}  // namespace crunc::sys
