// SPDX-License-Identifier: Apache-2.0
// The relay's rules. EIO says only that nobody has the terminal open at this moment; what decides is whether its
// process lives.

#include "process/relay.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "process/wait_operation.hpp"
#include "sys/calls.hpp"
#include "sys/pidfd.hpp"
#include "sys/pty.hpp"

namespace crunc::process {
namespace {

using namespace std::chrono_literals;

constexpr auto put_off_time = 1s;
constexpr int most_rounds_at_once = 16;  // one direction must not keep the other, or a stop, waiting
/// More than the kernel keeps of what was written to a terminal: so much read after the end, and the rest is others'.
constexpr std::uint64_t more_than_a_pty_holds = std::uint64_t{256} * 1024;

}  // namespace

bool Relay::step() {
  if (error_ || over_) return true;
  if (phase_ == Phase::copying) look_for_end();
  carry_output();
  if (!error_ && phase_ != Phase::draining) carry_input();
  if (!error_ && !over_) look_at_the_clock();
  return error_ || over_;
}

Interest Relay::interest() const {
  Interest result;
  if (error_ || over_) return result;
  const bool reads = phase_ != Phase::putting_off;
  if (phase_ == Phase::copying) add_end_of_process(result);
  if (!output_.empty()) {
    result.add(ends_.out.fd(), Readiness::writable);
  } else if (output_hang_up_) {
    if (reads) result.add(*output_hang_up_.next_look());
  } else if (reads) {
    result.add(ends_.master.get());
  }
  if (phase_ != Phase::draining) {
    if (input_.empty()) {
      if (reads && ends_.in && !input_ended_) result.add(ends_.in->fd());
    } else if (input_hang_up_) {
      result.add(*input_hang_up_.next_look());
    } else {
      result.add(ends_.master.get(), Readiness::writable);
    }
  }
  // While the output is slow the process' own last words wait: no time limits that.
  if (deadline_ && (phase_ == Phase::putting_off || (drained_ && output_.empty()))) result.add(*deadline_);
  return result;
}

void Relay::cancel(Urgency urgency) {
  if (error_ || over_ || phase_ == Phase::putting_off) return;
  phase_ = Phase::putting_off;
  deadline_ = Clock::now() + (urgency == Urgency::polite ? Clock::duration(put_off_time) : Clock::duration::zero());
}

Result<Relayed> Relay::result() const {
  if (!error_) return relayed_;
  Error error = *error_;
  error.operation = "relay";
  return error;
}

void Relay::add_end_of_process(Interest& interest) const {
  if (ends_.pidfd) return interest.add(ends_.pidfd.get());
  if (ends_.runtime) add_end_of(ends_.runtime->process(), ends_.runtime->process().pidfd(), interest);
}

bool Relay::process_has_ended() const noexcept {
  if (ends_.pidfd) return sys::has_ended(ends_.pidfd.get()).value_or(false);
  return ends_.runtime && ends_.runtime->process().has_ended();
}

/// Before anything is read: what the process wrote before its end is then there to be read after it.
void Relay::look_for_end() {
  if (!process_has_ended()) return;
  phase_ = Phase::draining;
  output_hang_up_.over();
  if (linger_ != no_deadline) deadline_ = Clock::now() + linger_;
}

void Relay::carry_output() {
  for (int i = 0; i < most_rounds_at_once; ++i) {
    if (output_.empty() && !fetch_output()) return;
    if (!deliver_output()) return;
  }
}

bool Relay::fetch_output() {
  if (phase_ == Phase::putting_off || output_hang_up_.to_be_left_alone()) return false;
  const ssize_t got = sys::calls().read(ends_.master.get(), output_.space(), output_.capacity());
  if (got > 0) {
    output_hang_up_.over();
    output_.load(static_cast<std::size_t>(got));
    if (phase_ == Phase::draining) drained_bytes_ += static_cast<std::uint64_t>(got);
    drained_ = drained_ || drained_bytes_ > more_than_a_pty_holds;
    return true;
  }
  if (got < 0 && errno == EINTR) return false;
  if (got < 0 && errno == EAGAIN) {
    output_hang_up_.over();
    drained_ = phase_ == Phase::draining;
  } else if (got < 0 && errno != EIO) {
    fail("read from the terminal");
  } else if (phase_ == Phase::draining || !has_process()) {
    over_ = true;
  } else {
    output_hang_up_.found();
  }
  return false;
}

bool Relay::deliver_output() {
  const ssize_t put = ends_.out.write(output_.bytes());
  if (put < 0) {
    if (errno != EAGAIN) fail("write the terminal's output");
    return false;
  }
  output_.unload(static_cast<std::size_t>(put));
  relayed_.from_process_bytes += static_cast<std::uint64_t>(put);
  return output_.empty();
}

void Relay::carry_input() {
  for (int i = 0; i < most_rounds_at_once; ++i) {
    if (input_.empty() && !fetch_input()) return;
    if (!deliver_input()) return;
  }
}

bool Relay::fetch_input() {
  if (phase_ != Phase::copying || !ends_.in || input_ended_) return false;
  const ssize_t got = ends_.in->read(input_.space(), input_.capacity());
  if (got > 0) {
    input_.load(static_cast<std::size_t>(got));
    return true;
  }
  if (got < 0 && errno == EAGAIN) return false;
  // EIO: the terminal that was typed on is gone.
  if (got < 0 && errno != EIO && errno != ECONNRESET) {
    fail("read the terminal's input");
    return false;
  }
  end_input();
  return !input_.empty();
}

bool Relay::deliver_input() {
  if (input_hang_up_.to_be_left_alone()) return false;
  const std::string_view bytes = input_.bytes();
  const ssize_t put = sys::calls().write(ends_.master.get(), bytes.data(), bytes.size());
  if (put > 0) {
    input_hang_up_.over();
    last_typed_ = bytes[static_cast<std::size_t>(put) - 1];
    input_.unload(static_cast<std::size_t>(put));
    relayed_.to_process_bytes += static_cast<std::uint64_t>(put);
    return input_.empty();
  }
  if (put < 0 && errno == EINTR) return false;
  const bool full = put == 0 || errno == EAGAIN;
  if (full ? sys::is_hung_up(ends_.master.get()) : errno == EIO) {
    input_hang_up_.found();
  } else if (!full) {
    fail("write to the terminal");
  }
  return false;
}

/// The input's descriptor stays open, for a driver may know it; it is just not read any more.
void Relay::end_input() {
  input_ended_ = true;
  if (input_end_ == InputEnd::nothing) return;
  const sys::SysResult<termios> mode = sys::terminal_mode(ends_.master.get());
  if (!mode || mode->c_cc[VEOF] == _POSIX_VDISABLE) return;
  // The character ends a line that was begun; only at the beginning of one is it an end of file.
  const std::size_t count = last_typed_ == '\n' || last_typed_ == '\r' ? 1 : 2;
  std::fill_n(input_.space(), count, static_cast<char>(mode->c_cc[VEOF]));
  input_.load(count);
}

void Relay::look_at_the_clock() {
  const bool late = deadline_ && Clock::now() >= *deadline_;
  if (phase_ == Phase::putting_off) {
    if (late || (output_.empty() && input_.empty())) error_ = Error(Errc::cancelled);
  } else if (phase_ == Phase::draining && late && drained_ && output_.empty()) {
    relayed_.left_open = true;
    over_ = true;
  }
}

void Relay::fail(const char* what) { error_ = Error(Errc::system_error, what, sys::last_error()); }

}  // namespace crunc::process
