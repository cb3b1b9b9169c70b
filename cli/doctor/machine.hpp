// SPDX-License-Identifier: Apache-2.0
// What doctor looks at. All of it can be made up, so that each check can be shown each kind of machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/oci/features.hpp>
#include <crunc/runc.hpp>

namespace crunc::cli::doctor {

/// Which calls the kernel has.
struct KernelCalls {
  bool pidfd_open = true;
  bool pidfd_info = true;  ///< with the status of what was reaped
  bool clone3 = true;
  bool close_range = true;
};

/// What was printed by a program, and how it ended; nothing if it is not there.
struct Answer {
  int code = 0;
  std::string text{};
};

struct Machine {
  std::filesystem::path root = "/";  ///< where proc, sys, dev and run are
  unsigned user = 0;                 ///< effective
  KernelCalls calls{};
  std::uint64_t soft_descriptors = 0;
  std::uint64_t hard_descriptors = 0;

  std::string runtime = "runc";  ///< as it was named
  Result<Version> version = Version{};
  Result<oci::Features> features = oci::Features{};
  std::filesystem::path state_root = "/run/runc";  ///< below `root`, as the machine's other paths
  Result<std::vector<Container>> containers = std::vector<Container>{};
  std::optional<Answer> criu_version{};
  std::optional<Answer> criu_check{};

  /// The text of a file; nothing if it cannot be read.
  [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] std::filesystem::path at(std::string_view path) const;
  /// What stands behind "key:" in a file such as /proc/self/status, without the space around it.
  [[nodiscard]] std::string value(std::string_view path, std::string_view key) const;
};

/// This machine, with the runtime of `runc`.
[[nodiscard]] Machine look_at_machine(const Runc& runc, const Timeout& timeout);

}  // namespace crunc::cli::doctor
