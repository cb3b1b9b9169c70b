// SPDX-License-Identifier: Apache-2.0
// What /proc says of a process, understood. Pure.

#include <algorithm>
#include <array>
#include <charconv>

#include "view/process.hpp"
#include "view/table.hpp"

namespace crunc::cli {

std::optional<ProcessUsage> parse_process(std::string_view line, long ticks_per_second, long page_size) {
  // The name is in brackets and may itself have some, and blanks.
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessUsage process;
  process.name = line.substr(open + 1, close - open - 1);
  if (std::from_chars(line.data(), line.data() + open, process.pid).ec != std::errc{}) return std::nullopt;
  if (close + 3 >= line.size()) return std::nullopt;
  process.state = line[close + 2];
  // Behind the state, which is the third field; utime is the 14th, stime 15th, starttime 22nd, rss 24th.
  std::array<std::int64_t, 21> fields{};
  const char* at = line.data() + close + 3;
  const char* const end = line.data() + line.size();
  for (std::int64_t& field : fields) {
    while (at != end && *at == ' ') ++at;
    const auto [stop, error] = std::from_chars(at, end, field);
    // Some are unsigned, and too great to be read; those are not looked at.
    if (error != std::errc{} && error != std::errc::result_out_of_range) return std::nullopt;
    at = stop;
  }
  constexpr std::size_t first = 4;
  process.cpu_time =
      std::chrono::nanoseconds((fields[14 - first] + fields[15 - first]) * (1'000'000'000 / ticks_per_second));
  process.started = static_cast<std::uint64_t>(fields[22 - first]);
  process.rss_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(fields[24 - first], 0) * page_size);
  return process;
}

std::string command_text(std::string_view cmdline, std::string_view name) {
  while (!cmdline.empty() && cmdline.back() == '\0') cmdline.remove_suffix(1);
  if (cmdline.empty()) return "[" + printable(name) + "]";
  std::string text(cmdline);
  std::ranges::replace(text, '\0', ' ');
  return printable(text);
}

std::optional<double> cpu_percent(const ProcessUsage& before, const ProcessUsage& now) {
  const auto between = now.at - before.at;
  const bool is_same = before.pid == now.pid && before.started == now.started;
  if (!is_same || between <= between.zero() || now.cpu_time < before.cpu_time) return std::nullopt;
  return 100 * std::chrono::duration<double>(now.cpu_time - before.cpu_time) / between;
}

}  // namespace crunc::cli
