// SPDX-License-Identifier: Apache-2.0
// The terminal of a live view, by the few sequences that every terminal has.

#include "view/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "deadline.hpp"
#include "view/table.hpp"

namespace crunc::cli {
namespace {

constexpr std::string_view take_over = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view give_back = "\x1b[?25h\x1b[?1049l";

void put(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // a terminal that is gone is noticed by who reads
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signo : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT}) sigaddset(&set, signo);
  return set;
}

}  // namespace

Screen::Screen() {
  Result<Descriptor> tty = host_terminal();
  if (!tty) throw std::runtime_error(tty.error().message());
  tty_ = std::move(*tty);
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw std::runtime_error("no descriptor for signals");
  enter();
}

Screen::~Screen() {
  leave();
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void Screen::enter() {
  Result<RawMode> raw = RawMode::enter(tty_.fd());
  if (!raw) throw std::runtime_error(raw.error().message());
  raw_.emplace(std::move(*raw));
  put(take_over);
}

void Screen::leave() noexcept {
  if (!raw_) return;
  raw_.reset();
  put(give_back);
}

Winsize Screen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

void Screen::draw(const std::vector<std::string>& lines, std::size_t title) const {
  // Each line is cleared before it is written: behind a full line the cursor is still on its last character.
  std::string bytes = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    bytes += i > 0 ? "\r\n\x1b[K" : "\x1b[K";
    bytes += i == title ? "\x1b[7m" + lines[i] + "\x1b[0m" : lines[i];
  }
  const std::size_t rows = size().rows;
  if (lines.size() < rows) bytes += "\r\n\x1b[J";
  put(bytes);
}

Input Screen::read_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.fd(), &info, sizeof info) != sizeof info) return {};
  const auto signo = static_cast<int>(info.ssi_signo);
  if (signo == SIGTSTP) return {.suspend = true};
  if (signo == SIGCONT) {
    // Whoever had the terminal meanwhile may have left it otherwise.
    leave();
    enter();
  }
  if (signo == SIGCONT || signo == SIGWINCH) return {.resized = true};
  return {.signal = signo};
}

Input Screen::wait(std::chrono::steady_clock::time_point until) {
  std::array<pollfd, 2> polled{pollfd{signals_.fd(), POLLIN, 0}, pollfd{tty_.fd(), POLLIN, 0}};
  if (::poll(polled.data(), polled.size(), poll_time(until)) <= 0) return {};
  if (polled[0].revents != 0) return read_signal();
  std::array<char, 256> buffer{};
  const ssize_t got = ::read(tty_.fd(), buffer.data(), buffer.size());
  if (got <= 0) return {.hung_up = got == 0 || (errno != EINTR && errno != EAGAIN)};
  return {.typed = std::string(buffer.data(), static_cast<std::size_t>(got))};
}

void Screen::suspend() {
  leave();
  std::raise(SIGSTOP);
  enter();
}

bool is_live_terminal() {
  if (::isatty(STDOUT_FILENO) == 0) return false;
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string_view(value != nullptr ? value : "");
  };
  return variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

}  // namespace crunc::cli
