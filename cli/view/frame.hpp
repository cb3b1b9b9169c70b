// SPDX-License-Identifier: Apache-2.0
// One picture of a live view: heading, table and the keys, within the terminal. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <crunc/console.hpp>

#include "view/keys.hpp"
#include "view/view.hpp"

namespace crunc::cli {

struct FrameOptions {
  std::string verb{};
  std::chrono::milliseconds interval{};
  Winsize size{};
};

/// "500ms", "2s".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

/// The lines, none wider than the terminal and not more of them than it has rows. The second one is the table's titles.
[[nodiscard]] std::vector<std::string> frame(const View& view, const Keys& keys, const FrameOptions& options);

}  // namespace crunc::cli
