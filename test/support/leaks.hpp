// SPDX-License-Identifier: Apache-2.0
//
// What a process holds: its open descriptors and its children. Compared before and after each test case (see
// leak_listener.cpp), so that whatever leaks is found by every test there is.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace crunc::test {

struct ProcessSnapshot {
  std::map<int, std::string> descriptors{};  ///< what each fd refers to, as /proc/self/fd tells
  std::map<pid_t, std::string> children{};   ///< state and name of each child, reaped ones excluded

  /// The snapshot of this process, without the descriptor that is needed to take it.
  [[nodiscard]] static ProcessSnapshot take();
};

/// A line about each descriptor that is new, lost or changed, and about each child that was not there before.
/// Empty when there is none.
[[nodiscard]] std::string difference(const ProcessSnapshot& before, const ProcessSnapshot& after);

/// Called once before the first snapshot: makes Boost.Asio's system executor open the descriptors that it
/// keeps for good (epoll, eventfd, timerfd, a pipe). Does nothing, unless the test program links
/// system_executor.cpp too.
void expect_descriptors_of_system_executor();

}  // namespace crunc::test
