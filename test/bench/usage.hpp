// SPDX-License-Identifier: Apache-2.0
// What this process uses, and may use.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "interruption.hpp"

namespace crunc::bench {

inline double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The part of a core in percent that goes into doing `action` once a second, in each second.
inline std::vector<double> load(int seconds, auto&& action) {
  std::vector<double> percent;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 1; i <= seconds; ++i) {
    const double before = cpu_seconds();
    action();
    sleep_until(begin + std::chrono::seconds(i));
    percent.push_back(100 * (cpu_seconds() - before));
  }
  return percent;
}

inline double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

/// Those of all threads.
inline std::size_t children() {
  std::size_t count = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    count += static_cast<std::size_t>(std::distance(std::istream_iterator<int>(file), std::istream_iterator<int>{}));
  }
  return count;
}

inline std::size_t descriptors() {
  using Directory = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Directory("/proc/self/fd"), Directory{}));
}

inline std::size_t descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

inline void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace crunc::bench
