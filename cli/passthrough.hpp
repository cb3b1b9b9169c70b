// SPDX-License-Identifier: Apache-2.0
// Standing in the runtime's place: runs it and ends as it ended.
#pragma once

#include <optional>

#include <crunc/runc.hpp>

#include "command_line.hpp"

namespace crunc::cli {

/// Exit code where there is no runtime, as of env(1) and the shells.
inline constexpr int exit_not_found = 127;
inline constexpr int exit_timed_out = 124;

/// Say on stderr what failed in a verb of crunc's own.
/// @return  crunc's exit status
int tell_failure(const Error& error);

/// End this process by a signal, so that our caller's wait() sees it ended by that one.
void die_by(int signo);

/// How the runtime ended: the exit code for crunc, or the signal that is to end crunc too.
struct Ended {
  int code = 0;
  std::optional<int> signal{};
};

/// Run the runtime with these tokens; everything that it would have got without crunc reaches it, and nothing of what
/// it prints is touched.
[[nodiscard]] Ended stand_in(const Runc& runc, const Tokens& tokens, const Timeout& timeout);

/// End as the runtime did.
/// @return  the exit code for crunc; does not return if a signal killed the runtime: the same one then kills crunc
int end_as(const Ended& ended);

}  // namespace crunc::cli
