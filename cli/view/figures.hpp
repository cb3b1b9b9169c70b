// SPDX-License-Identifier: Apache-2.0
// Numbers as the views print them, each within a few characters.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace crunc::cli {

/// What stands where there is no number.
inline constexpr const char* no_figure = "-";

/// "0.0", "12.5", "1600.0".
[[nodiscard]] std::string percent_text(const std::optional<double>& percent);
/// In powers of 1024: "0B", "1.5K", "217M", at most five characters.
[[nodiscard]] std::string bytes_text(const std::optional<double>& bytes);
[[nodiscard]] std::string bytes_text(const std::optional<std::uint64_t>& bytes);
[[nodiscard]] std::string count_text(const std::optional<std::uint64_t>& count);
/// CPU time as top(1) has it: minutes, seconds and hundredths, "0:01.25".
[[nodiscard]] std::string cpu_time_text(std::chrono::nanoseconds time);
/// "2024-05-01T12:00:00.123Z".
[[nodiscard]] std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace crunc::cli
