// SPDX-License-Identifier: Apache-2.0
// What may be done with an output: how wide it is, whether colours say something on it.
#pragma once

#include <cstddef>

namespace crunc::cli {

[[nodiscard]] bool is_terminal(int fd);

/// Columns: the terminal's, else $COLUMNS, else 80.
[[nodiscard]] std::size_t width_of(int fd);

/// Only on a terminal, and never with NO_COLOR set and not empty.
[[nodiscard]] bool shows_colours(int fd);

}  // namespace crunc::cli
