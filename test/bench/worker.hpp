// SPDX-License-Identifier: Apache-2.0
// Worker: a process of its own that measures when it is asked to. What is compared that way has nothing of the others'
// in it: no memory, no threads, no handlers.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "stopwatch.hpp"

namespace crunc::bench {

class Worker {
 public:
  /// A process made by fork(2). `prepare` is called in it, and gives what is measured from then on.
  explicit Worker(const std::function<Measure()>& prepare);
  /// A program that answers each byte on its stdin with a double on its stdout, until its stdin ends.
  explicit Worker(const std::vector<std::string>& argv);
  Worker(Worker&& other) noexcept;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker& operator=(Worker&&) = delete;
  ~Worker();

  /// Throws std::runtime_error if it is gone.
  [[nodiscard]] double measure() const;

 private:
  pid_t pid_ = -1;
  int ask_ = -1;
  int answer_ = -1;
};

}  // namespace crunc::bench
