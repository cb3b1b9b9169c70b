// SPDX-License-Identifier: Apache-2.0
// Directories of this process' own, for what is gone when it is.
#pragma once

#include <string>

#include "sys/fd.hpp"

namespace crunc::sys {

/// Where they are made, for errors.
inline constexpr const char* private_places = "$XDG_RUNTIME_DIR, /run or /tmp";

/// Make one, mode 0700, whose name begins with `name`: in $XDG_RUNTIME_DIR or else /run, and if that cannot be in /tmp.
/// The error is that of the first place.
[[nodiscard]] SysResult<std::string> make_private_directory(const char* name);

}  // namespace crunc::sys
