// SPDX-License-Identifier: Apache-2.0
//
// How often this thread has asked operator new for memory. Linked into those suites alone that ask.
#pragma once

#include <cstddef>

namespace crunc::test {

/// False where a sanitizer has an operator new of its own, which stays in force.
[[nodiscard]] bool counts_allocations() noexcept;

/// Of the calling thread, since it began.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace crunc::test
