// SPDX-License-Identifier: Apache-2.0
// What containers use, as a view.
#pragma once

#include "view/sampler.hpp"
#include "view/sparkline.hpp"
#include "view/view.hpp"

namespace crunc::cli {

class StatsView final : public View {
 public:
  /// @param cpus  by which the CPU percentage is divided: 1, or how many there are
  StatsView(Sampler sampler, double cpus, Glyphs glyphs) : sampler_(std::move(sampler)), cpus_(cpus), glyphs_(glyphs) {}

  [[nodiscard]] bool sample(const Deadline& deadline) override { return sampler_.sample(deadline); }
  [[nodiscard]] Table table(const Order& order, const Shape& shape) const override;
  [[nodiscard]] std::vector<std::string> json_lines(const Order& order) const override;
  [[nodiscard]] std::string summary() const override;
  [[nodiscard]] std::span<const Sorting> sortings() const override;

 private:
  [[nodiscard]] std::vector<const Watched*> ordered(const Order& order) const;
  [[nodiscard]] std::optional<double> cpu_percent(const Watched& each) const;
  [[nodiscard]] Cells cells(const Watched& each, const Shape& shape) const;

  Sampler sampler_;
  double cpus_;
  Glyphs glyphs_;
};

/// How `stats` can be sorted.
[[nodiscard]] std::span<const Sorting> stats_sortings();

}  // namespace crunc::cli
