// SPDX-License-Identifier: Apache-2.0
// Where crunc is installed under the runtime's own name, looking that name up would find crunc again, without end.
#pragma once

#include <filesystem>

namespace crunc::cli {

/// The runtime to call for `command`, when this program was called as `self` (argv[0]): `command` itself, unless the
/// two have one name and the file found is this program. Then the next file of that name in PATH.
///
/// @return  an empty path if there is none but this program
[[nodiscard]] std::filesystem::path other_runtime(const std::filesystem::path& command, const char* self);

}  // namespace crunc::cli
