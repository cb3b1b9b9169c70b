// SPDX-License-Identifier: Apache-2.0
// Named pipes of the caller's: fifos that are there already.
#pragma once

#include <string>

#include <crunc/error.hpp>

#include "sys/fd.hpp"

namespace crunc::task {

/// The reading end. It does not wait for a writer, and is at its end while there is none. Non-blocking.
/// @errors invalid_argument: it is no fifo; system_error
[[nodiscard]] Result<sys::Fd> open_reader(const std::string& path);

/// Both ends in one: while it is open, a reader is not at its end. Non-blocking.
/// @errors as open_reader()
[[nodiscard]] Result<sys::Fd> open_held(const std::string& path);

}  // namespace crunc::task
