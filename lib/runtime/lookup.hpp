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

}  // namespace crunc::runtime
