// SPDX-License-Identifier: Apache-2.0
// Sampling of containers: who is watched, and what each of them uses.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <crunc/cgroups/stat_reader.hpp>

#include "view/running.hpp"
#include "view/usage.hpp"

namespace crunc::cli {

/// One container, and its last samples.
class Watched {
 public:
  Watched(const Runc& runc, Running running);

  /// Take a sample; false when the container has ended.
  [[nodiscard]] bool sample();

  [[nodiscard]] const std::string& id() const noexcept { return running_.id; }
  [[nodiscard]] pid_t pid() const noexcept { return running_.pid; }
  [[nodiscard]] const Usage& usage() const noexcept { return usage_; }
  [[nodiscard]] const Rates& rates() const noexcept { return rates_; }
  /// The CPU percentages so far, the newest last.
  [[nodiscard]] const std::deque<std::optional<double>>& history() const noexcept { return history_; }

 private:
  [[nodiscard]] std::optional<Usage> read_cgroup();
  /// By the runtime, where the cgroup cannot be read.
  [[nodiscard]] std::optional<Usage> ask_runtime();
  /// By its processes, where nobody counts for it: their CPU time, resident memory and number.
  [[nodiscard]] Usage count_processes() const;

  const Runc* runc_;
  Running running_;
  std::optional<cgroups::StatReader> reader_{};
  bool runtime_cannot_ = false;
  cgroups::Sample sample_{};  ///< filled again and again
  Usage usage_{};
  Rates rates_{};
  std::deque<std::optional<double>> history_{};
};

class Sampler {
 public:
  /// Watches the containers of these ids, or all that run. Throws std::runtime_error and TimeIsOver.
  Sampler(const Runc& runc, const std::vector<std::string>& ids, const Deadline& deadline);

  /// Take a sample of each. Those that have ended are left out from now on, and of all containers new ones are found.
  /// False when there were ids and all have ended. Throws TimeIsOver.
  [[nodiscard]] bool sample(const Deadline& deadline);

  [[nodiscard]] const std::vector<Watched>& containers() const noexcept { return containers_; }
  [[nodiscard]] std::chrono::system_clock::time_point sampled_at() const noexcept { return sampled_at_; }

 private:
  void find_new(const Deadline& deadline);

  const Runc& runc_;
  Finder finder_;
  bool all_;
  std::vector<Watched> containers_{};
  std::chrono::steady_clock::time_point listed_at_{};
  std::chrono::system_clock::time_point sampled_at_{};
};

}  // namespace crunc::cli
