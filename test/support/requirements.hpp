// SPDX-License-Identifier: Apache-2.0
//
// What a test case needs of the machine. Each `skip` function is true when the need is not met; it has then printed
// `skipped: <reason>` and counted the case as skipped:
//
//   if (skip_unless_root() || skip_unless_runtime("runc")) return;
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crunc::test {

/// The program called `name` in PATH or in the usual directories, else nothing.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name);

/// Skip unless `met`; `reason` says what is missing.
[[nodiscard]] bool skip_unless(bool met, const std::string& reason);

[[nodiscard]] bool skip_unless_root();
[[nodiscard]] bool skip_unless_runtime(std::string_view name);

/// Whether every controller is on cgroup v2.
[[nodiscard]] bool on_cgroup_v2();

/// Skip unless every controller is on cgroup v2.
[[nodiscard]] bool skip_unless_cgroup_v2();

/// Skip unless controllers are on cgroup v1, alone or hybrid.
[[nodiscard]] bool skip_unless_cgroup_v1();

/// Skip unless systemd is process 1.
[[nodiscard]] bool skip_unless_systemd();

/// For what is right in another way on older kernels.
[[nodiscard]] bool kernel_is_at_least(int major, int minor);

}  // namespace crunc::test
