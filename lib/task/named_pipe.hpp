// SPDX-License-Identifier: Apache-2.0
// Named pipes of a task.
#pragma once

#include <optional>
#include <string>

#include <crunc/error.hpp>
#include <crunc/io.hpp>

#include "sys/fd.hpp"

namespace crunc::task {

/// Make a fifo, mode 0600. One of ours that is there already, left by somebody who was killed, is replaced: others may
/// have it open still.
/// @errors already_exists: something else is there; system_error
[[nodiscard]] Result<void> make_named_pipe(const std::string& path, const std::optional<StreamOwner>& owner);

/// The reading end. It does not wait for a writer, and is at its end while there is none. Non-blocking.
/// @errors invalid_argument: it is no fifo; system_error
[[nodiscard]] Result<sys::Fd> open_reader(const std::string& path);

/// Both ends in one: while it is open, a reader is not at its end. Non-blocking.
/// @errors as open_reader()
[[nodiscard]] Result<sys::Fd> open_held(const std::string& path);

/// The writing end alone: its reader, who must be there already, is not replaced by it (EPIPE once he is gone).
/// Non-blocking.
/// @errors as open_reader(); system_error with ENXIO: nobody reads
[[nodiscard]] Result<sys::Fd> open_writer(const std::string& path);

}  // namespace crunc::task
