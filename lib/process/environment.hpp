// SPDX-License-Identifier: Apache-2.0
// The environment of a child: this process' own, less what is not the child's, plus what the caller adds.
#pragma once

#include <string>
#include <vector>

namespace crunc::process {

/// What is changed in the environment.
struct EnvironmentChange {
  std::vector<std::string> add{};     ///< "KEY=value"; the last of one key wins
  std::vector<std::string> remove{};  ///< keys
  bool keep_service = false;          ///< NOTIFY_SOCKET and LISTEN_* stay
};

/// An envp for execve. Points into this process' environ and into the change: use it before either is touched.
[[nodiscard]] std::vector<const char*> make_environment(const EnvironmentChange& change, const char* const* present);

}  // namespace crunc::process
