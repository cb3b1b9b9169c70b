// SPDX-License-Identifier: Apache-2.0
// A container while it runs: its first process, held by pidfd, and its cgroup, held by its directories.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/descriptor.hpp>
#include <crunc/runc.hpp>

#include "deadline.hpp"

namespace crunc::cli {

struct Running {
  std::string id{};
  pid_t pid = 0;
  Descriptor pidfd{};
  /// Null where it has none of its own, as with a runtime that leaves cgroups alone: then its process is in ours, or in
  /// the one of whoever started it, whose numbers would be no answer.
  std::shared_ptr<const cgroups::Cgroup> cgroup{};

  /// Whether its first process has ended.
  [[nodiscard]] bool has_ended() const;
};

/// Finds containers that run. Where the cgroups are is looked up once.
class Finder {
 public:
  explicit Finder(const Runc& runc);

  /// The container of this id. Throws std::runtime_error, which says why there is none, and TimeIsOver.
  [[nodiscard]] Running find(const std::string& verb, const std::string& id, const Deadline& deadline) const;
  /// All that run. Throws as find().
  [[nodiscard]] std::vector<Container> list(const std::string& verb, const Deadline& deadline) const;
  /// One of them, opened; without pidfd if it has ended meanwhile.
  [[nodiscard]] Running open(const std::string& id, pid_t pid) const;

 private:
  const Runc& runc_;
  Result<cgroups::Hierarchy> hierarchy_;
  cgroups::CgroupPaths own_paths_{};
};

/// Lets this process have as many files open as it may: a container takes some twenty.
void raise_file_limit();

}  // namespace crunc::cli
