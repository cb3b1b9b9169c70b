// SPDX-License-Identifier: Apache-2.0
// The processes of a container in formats of crunc's own, on any runtime.
#pragma once

#include <string>

#include "command/command.hpp"

namespace crunc::cli {

/// Print them; gives the exit status. Throws UsageError.
int show_processes(const Surroundings& here, const std::string& format);

}  // namespace crunc::cli
