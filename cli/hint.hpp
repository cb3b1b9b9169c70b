// SPDX-License-Identifier: Apache-2.0
// A hint for a person, behind what the runtime said of a call that failed.
#pragma once

#include <crunc/runc.hpp>

#include "command/command.hpp"
#include "command_line.hpp"

namespace crunc::cli {

/// What a call that the runtime refused may have been meant to be, as one line without newline; nothing if there is
/// nothing to say. May ask the runtime for its containers.
[[nodiscard]] std::optional<std::string> hint_for(const Runc& runc, const CommandLine& line, const Call& call);

}  // namespace crunc::cli
