// SPDX-License-Identifier: Apache-2.0
// Which file a command is.
#pragma once

#include <string>
#include <string_view>

#include <crunc/error.hpp>

namespace crunc::runtime {

/// The path of a runtime named by a path or by a name to look up.
///
/// @param search_path  $PATH; empty or unset: where administrators' programs are. execvp's own default lacks /usr/sbin,
///                     and podman calls with an empty environment.
/// @errors runtime_not_found, runtime_permission_denied (found, but nowhere executable)
[[nodiscard]] Result<std::string> find_executable(const std::string& command, std::string_view search_path);

/// The path by which a child finds the same file whose descriptors are not this process'.
///
/// Of "/proc/self/fd/3", "/dev/fd/3" and links to such, that names this process by its number: in the child 3 may by
/// then be the call's log, while here it stays what the caller opened. All other paths are returned as they are.
[[nodiscard]] std::string path_for_child(const std::string& path);

}  // namespace crunc::runtime
