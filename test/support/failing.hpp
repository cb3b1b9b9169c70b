// SPDX-License-Identifier: Apache-2.0
//
// For replacements of system calls.
#pragma once

#include <cerrno>
#include <type_traits>

namespace crunc::test {

/// What a system call returns that fails with `error`.
template <class R>
R fail_with(int error) {
  errno = error;
  if constexpr (std::is_pointer_v<R>) {
    return nullptr;
  } else {
    return static_cast<R>(-1);
  }
}

}  // namespace crunc::test
