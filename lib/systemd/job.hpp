// SPDX-License-Identifier: Apache-2.0
// The wait for a job of systemd.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "systemd/bus.hpp"

namespace crunc::cgroups {

using Clock = std::chrono::steady_clock;

/// Hears of every job that is done, from when it is made: before the call that makes the job, so that none is missed.
class JobListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<JobListener>> make(const Bus& bus);
  JobListener(const JobListener&) = delete;
  JobListener& operator=(const JobListener&) = delete;
  ~JobListener() = default;

  /// The result of a job, "done" or another; nothing if its time is up. When nothing is heard of it for a second it is
  /// looked for: one that is no more, without having been heard of, is "".
  [[nodiscard]] Result<std::optional<std::string>> wait(const std::string& job, Clock::time_point deadline);

 private:
  explicit JobListener(const Bus& bus) noexcept : bus_(bus) {}
  static int on_removed(sd_bus_message* message, void* self, sd_bus_error* error);
  [[nodiscard]] std::optional<std::string> heard_of(const std::string& job) const;
  /// Takes in what has come, or waits for more until `until`.
  [[nodiscard]] Result<void> listen(Clock::time_point until);

  const Bus& bus_;
  BusSlot match_{};
  std::vector<std::pair<std::string, std::string>> removed_{};  ///< jobs and their results
};

}  // namespace crunc::cgroups
