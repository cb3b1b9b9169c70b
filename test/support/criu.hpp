// SPDX-License-Identifier: Apache-2.0
//
// The CRIU that works on this machine.
#pragma once

#include <filesystem>
#include <optional>

namespace crunc::test {

/// The CRIU that support/find-criu chose, looked for once; what it said is printed.
[[nodiscard]] const std::optional<std::filesystem::path>& working_criu();

/// Skip unless there is one.
[[nodiscard]] bool skip_unless_criu();

}  // namespace crunc::test
