// SPDX-License-Identifier: Apache-2.0
//
// For replacements of system calls.
#pragma once

#include <cerrno>

namespace crunc::test {

/// What a system call returns that fails with `error`.
template <class R>
R fail_with(int error) {
  errno = error;
  return static_cast<R>(-1);
}

}  // namespace crunc::test
