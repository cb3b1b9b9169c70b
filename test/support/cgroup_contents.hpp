// SPDX-License-Identifier: Apache-2.0
//
// What a runtime and we have written into cgroups, to compare.
#pragma once

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <crunc/cgroups/cgroup.hpp>

#include "support/text_file.hpp"

namespace crunc::test {

/// Every file that a plan may write and that can be read back, on either version.
inline constexpr const char* limit_files[] = {"cpu.shares",
                                              "cpu.cfs_period_us",
                                              "cpu.cfs_quota_us",
                                              "cpu.idle",
                                              "cpuset.cpus",
                                              "cpuset.mems",
                                              "memory.limit_in_bytes",
                                              "memory.memsw.limit_in_bytes",
                                              "memory.swappiness",
                                              "memory.oom_control",
                                              "memory.soft_limit_in_bytes",
                                              "pids.max",
                                              "blkio.bfq.weight",
                                              "blkio.weight",
                                              "blkio.throttle.read_bps_device",
                                              "blkio.throttle.write_iops_device",
                                              "hugetlb.2MB.max",
                                              "hugetlb.2MB.limit_in_bytes",
                                              "cpu.weight",
                                              "cpu.max",
                                              "cpu.max.burst",
                                              "memory.max",
                                              "memory.swap.max",
                                              "memory.low",
                                              "memory.high",
                                              "io.max",
                                              "io.weight",
                                              "io.bfq.weight",
                                              "devices.list"};

/// What the files of a cgroup have, lines sorted.
[[nodiscard]] inline std::string contents(const cgroups::Cgroup& cgroup) {
  std::vector<std::string> lines;
  for (const auto& [name, directory] : cgroup.paths()) {
    for (const char* file : limit_files) {
      std::istringstream text(read_text(std::filesystem::path(directory) / file));
      for (std::string line; std::getline(text, line);) lines.push_back(std::string(file) + ": " + line);
    }
  }
  std::ranges::sort(lines);
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string all;
  for (const std::string& line : lines) all += line + '\n';
  return all;
}

/// The bundle's linux.resources become `resources`.
inline void set_resources(const std::filesystem::path& bundle, const std::string& resources) {
  boost::json::value config = boost::json::parse(read_text(bundle / "config.json"));
  config.at("linux").as_object()["resources"] = boost::json::parse(resources);
  write_text(bundle / "config.json", boost::json::serialize(config));
}

}  // namespace crunc::test
