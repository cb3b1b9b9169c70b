// SPDX-License-Identifier: Apache-2.0
// The environment of a child: this process' own, less what is not the child's, plus what the caller adds.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace crunc::process {

/// What is changed in the environment.
struct EnvironmentChange {
  std::vector<std::string> add{};     ///< "KEY=value"; the last of one key wins
  std::vector<std::string> remove{};  ///< keys
  bool keep_service = false;          ///< NOTIFY_SOCKET and LISTEN_* stay
};

/// An envp for execve. Points into this process' environ and into the change: use it before either is touched.
struct Environment {
  std::vector<const char*> entries{};  ///< and a null
  /// The entry LISTEN_PID, where it named this process and so has to name the child; empty: there is none.
  std::vector<char> listen_pid{};

  /// For SpawnRequest::own_pid.
  [[nodiscard]] char* own_pid() noexcept;
};

/// @param self  this process: a service's LISTEN_PID that names it names the child in the result, since whoever finds
///              another's pid there leaves LISTEN_FDS alone (sd_listen_fds(3))
[[nodiscard]] Environment make_environment(const EnvironmentChange& change, const char* const* present, pid_t self);

}  // namespace crunc::process
