// SPDX-License-Identifier: Apache-2.0
//
// For tests of PodCgroups with the driver cgroupfs on trees that play cgroup file systems.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/pods.hpp>

#include "manager_tree.hpp"

namespace crunc::test {

inline constexpr cgroups::Mode every_mode[] = {cgroups::Mode::legacy, cgroups::Mode::hybrid, cgroups::Mode::unified};

/// A tree with the files that pods need, and its pods.
struct PodTree : ManagerTree {
  explicit PodTree(cgroups::Mode of, const std::string& v2 = "cpu memory pids\n",
                   const std::vector<std::string>& v1 = v1_hierarchies)
      : ManagerTree(of, v2, v1), mode(of), pods(cgroups::PodCgroups::make("cgroupfs", hierarchy()).value()) {
    more_files["cpuset/cpuset.sched_load_balance"] = "1\n";
  }

  /// A file of the memory controller, or of v2.
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return *this / (mode == cgroups::Mode::unified ? name : "memory/" + name);
  }
  [[nodiscard]] std::string processes(const std::string& cgroup) const {
    return read_text(file(cgroup + "/cgroup.procs"));
  }
  void make(const std::string& path) const { REQUIRE(manager({.path = path}).apply().has_value()); }

  cgroups::Mode mode;
  cgroups::PodCgroups pods;
};

/// Where a write is among others; behind them all if it is not.
[[nodiscard]] inline std::size_t index_of(const std::vector<std::string>& lines, std::string_view line) {
  return static_cast<std::size_t>(std::ranges::find(lines, line) - lines.begin());
}

}  // namespace crunc::test
