// SPDX-License-Identifier: Apache-2.0
// How the cgroup file systems of a machine are laid out.
#pragma once

#include <cstdint>
#include <filesystem>

#include <crunc/config.hpp>

namespace crunc::cgroups {

enum class Mode : std::uint8_t {
  unavailable,  ///< no cgroup file system
  legacy,       ///< cgroup v1 only: a mount for each controller or group of them
  hybrid,       ///< controllers on v1, and a v2 mount beside them, which may have some, too
  unified       ///< cgroup v2
};

/// The enumerator's own name.
[[nodiscard]] CRUNC_API const char* to_string(Mode mode) noexcept;

/// The layout beneath `root`, by the types of its file systems alone: what is v2 is unified, else what has a v2
/// `unified` beneath it is hybrid, else legacy; unavailable when there is no such directory.
/// @threads safe
/// @source cgroups.Mode() of containerd/cgroups
/// @note containerd/cgroups: remembers the first answer for good; this asks the kernel each time.
[[nodiscard]] CRUNC_API Mode detect(const std::filesystem::path& root = "/sys/fs/cgroup");

}  // namespace crunc::cgroups
