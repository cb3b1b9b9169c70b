// SPDX-License-Identifier: Apache-2.0
// Signals by signalfd: each comes with its sender's kind, which a handler's number alone would not tell.

#include "process/signal_relay.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "sys/calls.hpp"

namespace crunc::process {
namespace {

/// All but what this process brings upon itself: by a write (PIPE), by a descriptor (URG), by a fault.
sigset_t signals_to_read() noexcept {
  constexpr std::array ours{SIGPIPE, SIGURG, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
  sigset_t set;
  sigfillset(&set);
  for (const int signo : ours) sigdelset(&set, signo);
  return set;
}

/// The signal of job control that has stopped the child; 0 if none has.
int stopped_by(const Process& child) noexcept {
  siginfo_t info{};
  const auto pid = static_cast<unsigned>(child.pid());
  if (sys::calls().waitid(P_PID, pid, &info, WSTOPPED | WNOHANG, nullptr) != 0 || info.si_pid == 0) return 0;
  const int signo = info.si_status;
  // Whoever sends SIGSTOP has chosen his process, and will let that one go on.
  return signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU ? signo : 0;
}

/// Stops this process, which blocks the signal, until it is continued.
void stop_by(int signo) noexcept {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signo);
  sys::calls().kill(::getpid(), signo);
  sys::calls().thread_sigmask(SIG_UNBLOCK, &only, nullptr);
  sys::calls().thread_sigmask(SIG_BLOCK, &only, nullptr);
}

}  // namespace

sys::SysResult<SignalRelay> SignalRelay::start() {
  const sigset_t wanted = signals_to_read();
  sigset_t before;
  if (const int error = sys::calls().thread_sigmask(SIG_BLOCK, &wanted, &before); error != 0) {
    return sys::make_error(error);
  }
  SignalRelay relay(before);
  relay.fd_ = sys::Fd(sys::calls().signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
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
  bool child_changed = false;
  while (sys::calls().read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const bool from_terminal = info.ssi_code == SI_KERNEL;
    const bool of_children = info.ssi_signo == SIGCHLD;
    child_changed = child_changed || of_children;
    if (!from_terminal && !of_children) static_cast<void>(child.signal(static_cast<int>(info.ssi_signo)));
  }
  // Only what stops the runtime stops this process: a runtime may catch SIGTSTP, and our shell must learn what is so.
  if (!child_changed) return;
  if (const int signo = stopped_by(child); signo != 0) stop_by(signo);
}

}  // namespace crunc::process
