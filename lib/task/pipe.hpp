// SPDX-License-Identifier: Apache-2.0
// The pipes between a supervised process and what is on their other side.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <sys/types.h>

#include <crunc/error.hpp>
#include <crunc/io.hpp>

#include "sys/fd.hpp"

namespace crunc::task {

/// A pipe has no name in any directory, so CRIU can dump who has it open. It is known by its inode, and a later
/// supervisor opens it anew by way of a process that has it open still.
struct TaskPipe {
  sys::Fd ours{};    ///< non-blocking
  sys::Fd childs{};  ///< blocking
  std::uint64_t inode = 0;
};

/// For what a process writes. Its own end is open for reading, too: while nobody else has the pipe open what is written
/// waits in it, and no writer is killed by SIGPIPE.
/// @errors system_error
[[nodiscard]] Result<TaskPipe> make_output_pipe(const std::optional<StreamOwner>& owner);

/// For what a process reads. Our end keeps it from its end until it is closed.
/// @errors system_error
[[nodiscard]] Result<TaskPipe> make_input_pipe(const std::optional<StreamOwner>& owner);

/// Open a pipe anew that one of these processes has open; an empty descriptor when none has.
/// @param flags  O_RDONLY or O_RDWR; it is non-blocking
/// @errors system_error: the pipe is there, and cannot be opened
[[nodiscard]] Result<sys::Fd> find_pipe(std::uint64_t inode, const std::vector<pid_t>& pids, int flags);

}  // namespace crunc::task
