// SPDX-License-Identifier: Apache-2.0
// Console and RawMode. A Console is a master that was looked at: from then on it can be trusted to be one.

#include <crunc/console.hpp>

#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "process/operation.hpp"
#include "process/relay.hpp"
#include "sys/calls.hpp"
#include "sys/pty.hpp"

namespace crunc {
namespace {

using process::Clock;
using process::Relay;
using std::chrono::milliseconds;

Error system_error(std::string what, std::error_code error) { return {Errc::system_error, std::move(what), error}; }

Result<void> done(std::error_code error, const char* what) {
  if (error) return system_error(what, error);
  return {};
}

timespec time_left(Clock::time_point until) {
  const auto left = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(until - Clock::now()));
  return {.tv_sec = left.count() / std::nano::den, .tv_nsec = left.count() % std::nano::den};
}

/// Waits until a master may be ready; false when the time is up.
bool wait_for(int master, short events, std::optional<Clock::time_point> until) {
  if (until && Clock::now() >= *until) return false;
  pollfd entry{.fd = master, .events = events, .revents = 0};
  const bool hung_up = sys::is_hung_up(master);
  if (hung_up) until = std::min(until.value_or(Clock::time_point::max()), Clock::now() + milliseconds(10));
  timespec left{};
  if (until) left = time_left(*until);
  sys::calls().poll(&entry, hung_up ? 0 : 1, until ? &left : nullptr);
  return true;
}

std::optional<Clock::time_point> end_of(milliseconds timeout) {
  return timeout == no_deadline ? std::nullopt : std::optional(Clock::now() + timeout);
}

Result<sys::Fd> own(int fd, const char* what) {
  sys::SysResult<sys::Fd> copy = sys::duplicate(fd);
  if (!copy) return system_error(what, copy.error());
  return std::move(*copy);
}

Result<Relay::Ends> relay_ends(int master, int in, int out, const RelayOptions& options) {
  using sys::BorrowedStream;
  Relay::Ends ends{.runtime = options.runtime};
  Result<sys::Fd> own_master = own(master, "duplicate the terminal's descriptor");
  if (!own_master) return own_master.error();
  ends.master = std::move(*own_master);
  if (options.pidfd >= 0) {
    Result<sys::Fd> own_pidfd = own(options.pidfd, "duplicate the pidfd");
    if (!own_pidfd) return own_pidfd.error();
    ends.pidfd = std::move(*own_pidfd);
  }
  sys::SysResult<BorrowedStream> output = BorrowedStream::borrow(out, BorrowedStream::Use::writing);
  if (!output) return system_error("use the stream for the terminal's output", output.error());
  ends.out = std::move(*output);
  if (in < 0) return ends;
  sys::SysResult<BorrowedStream> input = BorrowedStream::borrow(in, BorrowedStream::Use::reading);
  if (!input) return system_error("use the stream of the terminal's input", input.error());
  ends.in = std::move(*input);
  return ends;
}

}  // namespace

Result<Console> Console::adopt(Descriptor master) {
  switch (sys::terminal_kind(master.fd())) {
    case sys::TerminalKind::none: return Error(Errc::malformed_output, "not a terminal");
    case sys::TerminalKind::plain: return Error(Errc::malformed_output, "a terminal, but not the master of a pty");
    case sys::TerminalKind::master: break;
  }
  if (const auto error = sys::set_nonblocking(master.fd())) return system_error("make the pty non-blocking", error);
  return Console(std::move(master));
}

Result<std::string> Console::name() const {
  const sys::SysResult<unsigned> number = sys::pty_number(fd());
  if (!number) return system_error("ask for the pty's number", number.error());
  return "/dev/pts/" + std::to_string(*number);
}

Result<Descriptor> Console::open_peer() const {
  sys::SysResult<sys::Fd> peer = sys::open_peer(fd());
  if (!peer) return system_error("open the pty's slave", peer.error());
  return Descriptor(peer->release());
}

Result<Winsize> Console::size() const {
  const sys::SysResult<winsize> size = sys::window_size(fd());
  if (!size) return system_error("ask for the terminal's size", size.error());
  return Winsize{.columns = size->ws_col, .rows = size->ws_row};
}

Result<void> Console::resize(Winsize size) const {
  winsize wanted{};
  wanted.ws_col = size.columns;
  wanted.ws_row = size.rows;
  return done(sys::set_window_size(fd(), wanted), "set the terminal's size");
}

Result<void> Console::resize_from(int tty) const {
  const sys::SysResult<winsize> size = sys::window_size(tty);
  if (!size) return system_error("ask for the size of the terminal to follow", size.error());
  return done(sys::set_window_size(fd(), *size), "set the terminal's size");
}

Result<void> Console::set_echo(Echo echo) const {
  sys::SysResult<termios> mode = sys::terminal_mode(fd());
  if (!mode) return system_error("ask for the terminal's mode", mode.error());
  constexpr tcflag_t echo_flag = ECHO;
  mode->c_lflag = echo == Echo::on ? mode->c_lflag | echo_flag : mode->c_lflag & ~echo_flag;
  return done(sys::set_terminal_mode(fd(), *mode), "set the terminal's mode");
}

Result<std::size_t> Console::read(std::span<char> buffer, milliseconds timeout) const {
  const auto until = end_of(timeout);
  for (;;) {
    const ssize_t got = sys::calls().read(fd(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EIO) return std::size_t{0};
    if (errno != EAGAIN && errno != EINTR) return system_error("read from the terminal", sys::last_error());
    if (!wait_for(fd(), POLLIN, until)) return Error(Errc::timed_out, "nothing came from the terminal");
  }
}

Result<std::size_t> Console::write(std::string_view bytes, milliseconds timeout) const {
  const auto until = end_of(timeout);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t put = sys::calls().write(fd(), bytes.data() + written, bytes.size() - written);
    if (put > 0) written += static_cast<std::size_t>(put);
    if (put < 0 && errno != EAGAIN && errno != EINTR) return system_error("write to the terminal", sys::last_error());
    if (put <= 0 && !wait_for(fd(), POLLOUT, until)) break;
  }
  return written;
}

detail::Prepared<Relayed> Console::prepare(int in, int out, const RelayOptions& options) const {
  Result<Relay::Ends> ends = relay_ends(fd(), in, out, options);
  auto relay = ends ? std::make_shared<Relay>(std::move(*ends), options.input_end, options.linger)
                    : std::make_shared<Relay>(ends.error());
  return {std::move(relay), options.stop,
          [](process::Operation& operation) { return static_cast<Relay&>(operation).result(); }};
}

Result<Relayed> Console::relay(int in, int out, const RelayOptions& options) const {
  return process::block(prepare(in, out, options));
}

struct RawMode::State {
  State(sys::Fd own_tty, const termios& mode) : tty(std::move(own_tty)), before(mode) {}
  sys::Fd tty;
  termios before;
  std::atomic_flag restored{};
};

RawMode::RawMode(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
RawMode::RawMode(RawMode&& other) noexcept = default;
RawMode& RawMode::operator=(RawMode&& other) noexcept {
  restore();
  state_ = std::move(other.state_);
  return *this;
}
RawMode::~RawMode() { restore(); }

Result<RawMode> RawMode::enter(int tty) {
  const sys::SysResult<termios> before = sys::terminal_mode(tty);
  if (!before) return system_error("ask for the terminal's mode", before.error());
  Result<sys::Fd> copy = own(tty, "duplicate the terminal's descriptor");
  if (!copy) return copy.error();
  termios raw = *before;
  ::cfmakeraw(&raw);
  raw.c_oflag |= OPOST;
  auto state = std::make_unique<State>(std::move(*copy), *before);
  if (const auto error = sys::set_terminal_mode(state->tty.get(), raw)) {
    return system_error("put the terminal into raw mode", error);
  }
  return RawMode(std::move(state));
}

void RawMode::restore() noexcept {
  if (!state_ || state_->restored.test_and_set()) return;
  const int kept = errno;
  static_cast<void>(sys::set_terminal_mode(state_->tty.get(), state_->before));
  errno = kept;
}

Result<Descriptor> host_terminal() {
  for (const int fd : {STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO}) {
    if (sys::terminal_kind(fd) == sys::TerminalKind::none) continue;
    Result<sys::Fd> copy = own(fd, "duplicate the terminal's descriptor");
    if (!copy) return copy.error();
    return Descriptor(copy->release());
  }
  sys::SysResult<sys::Fd> opened = sys::open_file("/dev/tty", O_RDWR | O_NOCTTY);
  if (!opened) return system_error("open /dev/tty", opened.error());
  return Descriptor(opened->release());
}

}  // namespace crunc
