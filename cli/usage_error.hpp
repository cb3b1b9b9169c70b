// SPDX-License-Identifier: Apache-2.0
// A mistake in one of crunc's own flags. What concerns the runtime's flags is never one: the runtime has the word there.
#pragma once

#include <stdexcept>
#include <string>

namespace crunc::cli {

/// Thrown while the command line is read; main() prints `crunc: <flag>: <why>` and ends with usage_exit.
class UsageError : public std::runtime_error {
 public:
  UsageError(const std::string& flag, const std::string& why) : std::runtime_error(flag + ": " + why) {}
};

inline constexpr int usage_exit = 2;

}  // namespace crunc::cli
