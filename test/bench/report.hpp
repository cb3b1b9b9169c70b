// SPDX-License-Identifier: Apache-2.0
// Report: what a benchmark says, row by row, and the frame that all benchmarks run in.
#pragma once

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "row.hpp"

namespace crunc::bench {

class Report {
 public:
  /// @param rows_path  a file that gets each row as a line of JSON, behind what it has; empty: none
  Report(std::string bench, bool quick, const std::string& rows_path);

  /// Whether few measurements are enough: to see that all works, not to know how fast.
  [[nodiscard]] bool quick() const { return quick_; }

  /// Costs that were measured in turn.
  void ratio(const Figure& figure, const std::string& unit, const std::vector<double>& ours,
             const std::vector<double>& baseline);
  /// What is told without a baseline.
  void value(const Figure& figure, const std::string& unit, const std::vector<double>& values);
  /// What cannot be measured here. That is no failure.
  void skip(const Figure& figure, const std::string& reason);

 private:
  void add(const Row& row);

  std::string bench_;
  bool quick_;
  std::ofstream rows_{};
};

/// Throws std::runtime_error unless `good`.
void need(bool good, const std::string& what);
template <class Result>
void need(const Result& result, const std::string& what) {
  if (!result) need(false, what + ": " + result.error().message());
}

/// What main() of a benchmark is: options, signals that wait until all is put away, and failures told.
/// @return its exit status
int run_bench(const std::string& name, int argc, char** argv, const std::function<void(Report&)>& measure);

}  // namespace crunc::bench
