// SPDX-License-Identifier: Apache-2.0
//
// For what another process is about to do, where nothing tells that it is done.
#pragma once

#include <poll.h>

#include <chrono>

namespace crunc::test {

/// Whether it comes to be within a minute.
template <class Condition>
[[nodiscard]] bool comes_to_be(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace crunc::test
