// SPDX-License-Identifier: Apache-2.0
// How a process ended, in words for shells and for programs.
#pragma once

#include <string>

#include <crunc/exit_status.hpp>

namespace crunc::cli {

/// The exit code, or 128 and the signal's number, as shells have it; not for a status that was lost.
[[nodiscard]] int exit_number(const ExitStatus& status);

/// One line of JSON: {"schema":"crunc.wait/1","id":"web","exit_code":7,"signal":null}. Of exit_code and signal (a name,
/// "SIGKILL") at least one is null: both when it is not known how it ended.
[[nodiscard]] std::string exit_json(const std::string& id, const ExitStatus& status);

}  // namespace crunc::cli
