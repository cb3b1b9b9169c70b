// SPDX-License-Identifier: Apache-2.0
// What is typed on a process' terminal, where that is a stream of the caller's.
#pragma once

#include <crunc/error.hpp>
#include <crunc/io.hpp>

#include "sys/borrowed_stream.hpp"

namespace crunc::task {

/// Open a stream to be pumped from; without a descriptor (-1) if there is nothing to be read. A descriptor of the
/// caller's is not made non-blocking for others, see sys::BorrowedStream; one that was handed over is taken.
/// @errors system_error; invalid_argument: captured, or a fifo that is none
[[nodiscard]] Result<sys::BorrowedStream> open_source(const Stream& stream);

}  // namespace crunc::task
