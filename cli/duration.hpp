// SPDX-License-Identifier: Apache-2.0
// Durations as Go and so runc write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace crunc::cli {

/// "500ms", "30s", "1m30s", "1.5h"; units us, ms, s, m, h. A number without a unit is none, since nobody can tell
/// which.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace crunc::cli
