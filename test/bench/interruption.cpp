// SPDX-License-Identifier: Apache-2.0
// The signals are blocked and fetched by sigtimedwait(2): no handler, and no system call that ends early.
#include "interruption.hpp"

#include <csignal>
#include <cstdlib>

namespace crunc::bench {
namespace {

sigset_t held() {
  sigset_t set;
  sigemptyset(&set);
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, each);
  return set;
}

std::optional<int> fetch(std::chrono::nanoseconds within) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(within);
  const timespec time{seconds.count(), (within - seconds).count()};
  const sigset_t set = held();
  const int signal = ::sigtimedwait(&set, nullptr, &time);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

}  // namespace

void hold_signals() {
  const sigset_t set = held();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> held_signal() { return fetch(std::chrono::nanoseconds(0)); }

void take_interruption() {
  if (const auto signal = held_signal()) throw Interrupted{*signal};
}

void sleep_until(std::chrono::steady_clock::time_point time) {
  for (;;) {
    const auto left = time - std::chrono::steady_clock::now();
    if (left <= left.zero()) return take_interruption();
    if (const auto signal = fetch(left)) throw Interrupted{*signal};
  }
}

void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  const sigset_t set = held();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(signal);
  std::abort();
}

}  // namespace crunc::bench
