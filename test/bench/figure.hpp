// SPDX-License-Identifier: Apache-2.0
// Figure: what is measured, which way is good, and the bar for it if there is one. All the bars stand here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace crunc::bench {

/// Of a ratio, "A over B", it says as well what is divided by what.
enum class Good : std::uint8_t {
  low,  ///< our cost over the baseline's
  high  ///< the baseline's cost over ours
};

struct Figure {
  std::string what;
  Good good = Good::low;
  std::optional<double> bar{};  ///< the most that is good, or the least

  [[nodiscard]] bool reached(double value) const { return good == Good::low ? value <= *bar : value >= *bar; }
  /// The same of one of several things.
  [[nodiscard]] Figure of(const std::string& which) const { return {what + ", " + which, good, bar}; }
};

/// Without a bar.
inline Figure cost(std::string what) { return {std::move(what), Good::low}; }
inline Figure speed(std::string what) { return {std::move(what), Good::high}; }

namespace bars {

inline const Figure call{"state() over posix_spawn, drain and wait", Good::low, 1.05};
inline const Figure call_from_4_gib{"state() from a process of 4 GiB over one of 10 MiB", Good::low, 1.10};
inline const Figure command{"crunc state over runc state", Good::low, 1.10};
/// Of how many children: the descriptors that there may be decide.
inline const Figure lost_exits{"statuses lost", Good::low, 0};
/// "Flat": what an exit among so many costs over one among 100, divided by the same of epoll and waitid() by hand,
/// since the kernel's own part grows.
inline const Figure flat_exits{"growth of an exit's CPU time over its growth by hand", Good::low, 1.5};
inline const Figure decode_go{"Go's encoding/json into go-runc's types over reading a stats line", Good::high, 10};
inline const Figure decode_simdjson{"simdjson on demand into the same types over reading a stats line", Good::high,
                                    0.7};
inline const Figure sample_by_directory{"runc events --stats over a sample by directory descriptor", Good::high, 30};
inline const Figure sample_by_open_files{"runc events --stats over a sample with files kept open", Good::high, 100};
/// Each of 1,000 containers is sampled once a second.
inline const Figure watch_cpu{"CPU time of watching, of one core", Good::low, 5};
inline const Figure watch_memory{"memory of the process that watches", Good::low, 32};
inline const Figure watch_processes{"processes started for watching", Good::low, 0};

}  // namespace bars
}  // namespace crunc::bench
