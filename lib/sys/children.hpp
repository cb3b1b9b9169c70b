// SPDX-License-Identifier: Apache-2.0
// All children of this process, for whoever owns them all.
#pragma once

#include <optional>
#include <system_error>

#include <sys/types.h>

#include "sys/fd.hpp"
#include "sys/process_ref.hpp"

namespace crunc::sys {

[[nodiscard]] SysResult<bool> is_subreaper() noexcept;
/// Whether orphans among this process' descendants become its children. @source prctl(2)
[[nodiscard]] std::error_code set_subreaper(bool wanted) noexcept;

/// Waits until some child has ended and says which, without reaping it. ECHILD: there is no child.
[[nodiscard]] SysResult<pid_t> wait_for_any_child() noexcept;

/// Some child that has ended, if there is one; not reaped.
[[nodiscard]] std::optional<pid_t> find_ended_child() noexcept;

/// A child that has ended, to be found by wait_for_any_child() and reaped by the caller.
[[nodiscard]] SysResult<ProcessRef> make_ended_child() noexcept;

/// For threads of the library's own: signals are for the host's.
void block_all_signals() noexcept;

}  // namespace crunc::sys
