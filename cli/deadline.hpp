// SPDX-License-Identifier: Apache-2.0
// When a --timeout is over, for verbs that do more than one thing until then.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <crunc/options.hpp>

namespace crunc::cli {

/// Thrown where the time is over: exit status 124.
struct TimeIsOver {};

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const Timeout& timeout) : timeout_(timeout) {
    if (timeout) at_ = Clock::now() + *timeout;
  }

  [[nodiscard]] const Timeout& timeout() const noexcept { return timeout_; }
  [[nodiscard]] bool is_over() const { return at_ && Clock::now() >= *at_; }
  /// Which of the two comes first.
  [[nodiscard]] Clock::time_point or_before(Clock::time_point other) const {
    return at_ ? std::min(*at_, other) : other;
  }

  /// The timeout for what is waited for to the end; of one that is over a moment, so that it is told as such.
  [[nodiscard]] Timeout left() const {
    if (!at_) return std::nullopt;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now()), std::chrono::milliseconds(1));
  }
  /// The timeout for a call of the runtime's: at most `most`. Throws TimeIsOver.
  [[nodiscard]] Timeout left(std::chrono::milliseconds most) const {
    if (!at_) return most;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now());
    if (rest <= std::chrono::milliseconds::zero()) throw TimeIsOver{};
    return std::min(most, rest);
  }

 private:
  Timeout timeout_;
  std::optional<Clock::time_point> at_{};
};

/// Milliseconds until then for poll(2), rounded up.
[[nodiscard]] inline int poll_time(Deadline::Clock::time_point until) {
  using std::chrono::milliseconds;
  const auto rest = std::chrono::ceil<milliseconds>(until - Deadline::Clock::now());
  return static_cast<int>(std::clamp(rest, milliseconds(0), milliseconds(std::chrono::hours(1))).count());
}

}  // namespace crunc::cli
