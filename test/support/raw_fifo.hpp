// SPDX-License-Identifier: Apache-2.0
//
// Fifos for tests of what reads them.
#pragma once

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "sys/fd.hpp"

namespace crunc::test {

inline void make_fifo(const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }

/// Somebody reads it already.
[[nodiscard]] inline sys::Fd open_fifo_writer(const std::string& path) {
  sys::Fd writer(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(writer);
  return writer;
}

}  // namespace crunc::test
