// SPDX-License-Identifier: Apache-2.0
// What a process is at, as the kernel tells it.
#pragma once

#include <string>

#include <crunc/monitor.hpp>

namespace crunc::process {

/// The state of a child and, where that may be read, the kernel's function that it waits in: "D (disk sleep) in
/// do_wait". Empty when it cannot be told, also because the child has been reaped meanwhile.
[[nodiscard]] std::string describe_state(const Process& process);

}  // namespace crunc::process
