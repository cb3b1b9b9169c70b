// SPDX-License-Identifier: Apache-2.0
// The processes of containers, as a view.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "view/process.hpp"
#include "view/view.hpp"

namespace crunc::cli {

class TopView final : public View {
 public:
  explicit TopView(std::vector<Running> containers);

  [[nodiscard]] bool sample(const Deadline& deadline) override;
  [[nodiscard]] Table table(const Order& order, const Shape& shape) const override;
  [[nodiscard]] std::vector<std::string> json_lines(const Order& order) const override;
  [[nodiscard]] std::string summary() const override;
  [[nodiscard]] std::span<const Sorting> sortings() const override;
  [[nodiscard]] bool separates_samples() const override { return true; }

 private:
  struct Row {
    std::string id{};
    ProcessUsage process{};
    std::optional<double> cpu_percent{};
    std::optional<uid_t> uid{};
    std::string user{};
    std::string command{};
  };

  void add_process(const Running& container, pid_t pid, std::map<pid_t, ProcessUsage>& seen);
  [[nodiscard]] std::string user_name(uid_t uid);
  [[nodiscard]] std::vector<const Row*> ordered(const Order& order) const;

  std::vector<Running> containers_;
  bool shows_id_;
  std::vector<Row> rows_{};
  std::map<pid_t, ProcessUsage> before_{};
  std::map<uid_t, std::string> names_{};
  std::chrono::system_clock::time_point sampled_at_{};
};

/// How `top` can be sorted.
[[nodiscard]] std::span<const Sorting> top_sortings();

}  // namespace crunc::cli
