// SPDX-License-Identifier: Apache-2.0
// What to do about a descriptor whose other side nobody has open at this moment.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "process/operation.hpp"

namespace crunc::process {

/// When to look again at a terminal or pipe that nobody has open. poll(2) would report the hang-up at once and for
/// ever.
class HangUp {
 public:
  HangUp() = default;
  explicit HangUp(std::chrono::milliseconds longest_pause) noexcept : longest_pause_(longest_pause) {}

  [[nodiscard]] explicit operator bool() const noexcept { return next_look_.has_value(); }
  [[nodiscard]] bool to_be_left_alone() const noexcept { return next_look_ && Clock::now() < *next_look_; }
  [[nodiscard]] const std::optional<Clock::time_point>& next_look() const noexcept { return next_look_; }
  void found() noexcept {
    next_look_ = Clock::now() + pause_;
    pause_ = std::min(2 * pause_, longest_pause_);
  }
  void over() noexcept { *this = HangUp(longest_pause_); }

 private:
  std::optional<Clock::time_point> next_look_{};
  std::chrono::milliseconds pause_{10};
  std::chrono::milliseconds longest_pause_{200};
};

}  // namespace crunc::process
