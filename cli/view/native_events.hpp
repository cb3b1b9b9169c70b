// SPDX-License-Identifier: Apache-2.0
// What `runc events` prints, of a container of any runtime: read from the cgroup.
#pragma once

#include <chrono>
#include <string>

#include "command/command.hpp"

namespace crunc::cli {

struct NativeEventsOptions {
  std::chrono::milliseconds interval = std::chrono::seconds(5);
  bool once = false;  ///< one sample, at once
};

/// Print samples at an interval, the first after one of it, and each kill for want of memory as it comes, until the
/// container has ended. Gives the exit status. Throws std::runtime_error.
[[nodiscard]] int native_events(const Surroundings& around, const std::string& id, const NativeEventsOptions& options);

}  // namespace crunc::cli
