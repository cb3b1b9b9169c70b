// SPDX-License-Identifier: Apache-2.0
// Terminals. A master may come from a hostile sender: nothing here trusts what it says.

#include "sys/pty.hpp"

#include <cerrno>

#include <fcntl.h>

#include "sys/calls.hpp"

namespace crunc::sys {

TerminalKind terminal_kind(int fd) noexcept {
  termios mode{};
  if (calls().tcgetattr(fd, &mode) != 0) return TerminalKind::none;
  unsigned number = 0;
  return calls().ioctl(fd, TIOCGPTN, &number) == 0 ? TerminalKind::master : TerminalKind::plain;
}

bool is_hung_up(int fd) noexcept {
  pollfd entry{.fd = fd, .events = 0, .revents = 0};
  const timespec no_time{};
  return calls().poll(&entry, 1, &no_time) == 1 && (entry.revents & POLLHUP) != 0;
}

SysResult<unsigned> pty_number(int master) {
  unsigned number = 0;
  if (calls().ioctl(master, TIOCGPTN, &number) != 0) return last_error();
  return number;
}

SysResult<Fd> open_peer(int master) {
  // The one ioctl here whose argument is a number. NOLINTNEXTLINE(performance-no-int-to-ptr)
  void* const flags = reinterpret_cast<void*>(static_cast<std::uintptr_t>(O_RDWR | O_NOCTTY | O_CLOEXEC));
  Fd peer(calls().ioctl(master, TIOCGPTPEER, flags));
  if (!peer) return last_error();
  return peer;
}

SysResult<winsize> window_size(int tty) {
  winsize size{};
  if (calls().ioctl(tty, TIOCGWINSZ, &size) != 0) return last_error();
  return size;
}

std::error_code set_window_size(int tty, const winsize& size) {
  winsize copy = size;
  return calls().ioctl(tty, TIOCSWINSZ, &copy) == 0 ? std::error_code{} : last_error();
}

SysResult<termios> terminal_mode(int tty) {
  termios mode{};
  if (calls().tcgetattr(tty, &mode) != 0) return last_error();
  return mode;
}

std::error_code set_terminal_mode(int tty, const termios& mode) noexcept {
  while (calls().tcsetattr(tty, TCSANOW, &mode) != 0) {
    if (errno != EINTR) return last_error();
  }
  return {};
}

}  // namespace crunc::sys
