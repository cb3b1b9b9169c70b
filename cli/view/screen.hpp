// SPDX-License-Identifier: Apache-2.0
// The terminal while a view has it: raw, without cursor, on the alternate screen, and given back at every end.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <crunc/console.hpp>
#include <crunc/descriptor.hpp>

namespace crunc::cli {

/// What ended a wait: at most one of them, or else the time.
struct Input {
  std::string typed{};
  int signal = 0;        ///< one that is to end this process
  bool resized = false;  ///< or shown again after a stop: the picture is to be drawn anew
  bool suspend = false;  ///< SIGTSTP
  bool hung_up = false;  ///< there is no terminal any more
};

/// @threads the process has one at most, in its main thread: the signals that it waits for are blocked meanwhile
class Screen {
 public:
  /// Throws std::runtime_error when the terminal cannot be had.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] Winsize size() const;
  /// Show these lines, `title` of them (its index) in reverse video.
  void draw(const std::vector<std::string>& lines, std::size_t title) const;
  [[nodiscard]] Input wait(std::chrono::steady_clock::time_point until);
  /// Give the terminal back and stop this process; returns when it goes on.
  void suspend();

 private:
  void enter();
  void leave() noexcept;
  [[nodiscard]] Input read_signal();

  Descriptor tty_{};
  Descriptor signals_{};
  std::optional<RawMode> raw_{};
};

/// Whether a view may be live: stdout is a terminal that can place its cursor, and NO_COLOR is not set.
[[nodiscard]] bool is_live_terminal();

}  // namespace crunc::cli
