// SPDX-License-Identifier: Apache-2.0
// Interruption: SIGINT, SIGTERM and SIGHUP are taken only where everything can be put away.
#pragma once

#include <chrono>
#include <optional>

namespace crunc::bench {

struct Interrupted {
  int signal;
};

/// From now on these signals wait, in this thread and in those that it makes. Programs are not affected.
void hold_signals();

/// One that has come while they were held.
[[nodiscard]] std::optional<int> held_signal();

/// Throws Interrupted if one has come.
void take_interruption();

/// Throws Interrupted as soon as one comes.
void sleep_until(std::chrono::steady_clock::time_point time);

/// Ends this process by that signal.
[[noreturn]] void end_by(int signal);

}  // namespace crunc::bench
