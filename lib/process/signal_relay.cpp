// SPDX-License-Identifier: Apache-2.0
// Signals by signalfd: each comes with its sender's kind, which a handler's number alone would not tell.

#include "process/signal_relay.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include "sys/calls.hpp"

namespace crunc::process {
namespace {

/// All but: what tells of children and of us (CHLD, PIPE, URG), what a fault raises in the thread at fault, and job
/// control, which must stop this process as well or its shell would wait for ever.
sigset_t signals_to_hand_on() noexcept {
  constexpr std::array ours{SIGCHLD, SIGPIPE, SIGURG,  SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,
                            SIGTRAP, SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
  sigset_t set;
  sigfillset(&set);
  for (const int signo : ours) sigdelset(&set, signo);
  return set;
}

}  // namespace

sys::SysResult<SignalRelay> SignalRelay::start() {
  const sigset_t handed_on = signals_to_hand_on();
  sigset_t before;
  if (const int error = sys::calls().thread_sigmask(SIG_BLOCK, &handed_on, &before); error != 0) {
    return sys::make_error(error);
  }
  SignalRelay relay(before);
  relay.fd_ = sys::Fd(sys::calls().signalfd(-1, &handed_on, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!relay.fd_) return sys::last_error();
  return relay;
}

SignalRelay::SignalRelay(SignalRelay&& other) noexcept
    : fd_(std::move(other.fd_)), mask_before_(other.mask_before_), active_(std::exchange(other.active_, false)) {}

SignalRelay::~SignalRelay() {
  if (!active_) return;
  // A signal that came after the child's end was meant for the child: unblocked now, it would end this process before
  // it has told the child's status.
  signalfd_siginfo late{};
  while (fd_ && sys::calls().read(fd_.get(), &late, sizeof late) > 0) {
  }
  sys::calls().thread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalRelay::hand_on(const Process& child) {
  signalfd_siginfo info{};
  while (sys::calls().read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const bool from_terminal = info.ssi_code == SI_KERNEL;
    if (!from_terminal) static_cast<void>(child.signal(static_cast<int>(info.ssi_signo)));
  }
}

}  // namespace crunc::process
