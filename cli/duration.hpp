// SPDX-License-Identifier: Apache-2.0
// Durations as they are typed: those of Go, which runc's own flags take.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace crunc::cli {

/// Read "500ms", "1.5s", "1m30s", "2h"; rounded up to milliseconds.
///
/// @return nothing for a number without a unit, for what is zero or negative, and for more than a century
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// As parse_duration(), for the value of --timeout.
///
/// Throws UsageError for what is no duration.
[[nodiscard]] std::chrono::milliseconds parse_timeout(std::string_view text);

}  // namespace crunc::cli
