// SPDX-License-Identifier: Apache-2.0
// From a plan to files: what is read before it is made, and how its writes are done.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/plan.hpp>
#include <crunc/cgroups/update.hpp>

#include "cgroups/directory.hpp"

namespace crunc::cgroups {

/// The files of one cgroup, wherever its controllers are. No controller is the directory on v2.
class ControllerFiles {
 public:
  using Place = std::optional<Controller>;

  ControllerFiles() = default;
  virtual ~ControllerFiles() = default;
  ControllerFiles(const ControllerFiles&) = delete;
  ControllerFiles& operator=(const ControllerFiles&) = delete;

  [[nodiscard]] virtual bool has(Place place, std::string_view file) const = 0;
  /// The errors of both tell the file and, in `system`, the errno.
  [[nodiscard]] virtual Result<std::string> read(Place place, std::string_view file) const = 0;
  [[nodiscard]] virtual Result<void> write(Place place, std::string_view file, std::string_view value) = 0;
  /// Put the program in the place of those of the directory on v2.
  [[nodiscard]] virtual Result<void> attach(const DeviceProgram& program) = 0;
  /// The sizes of huge pages that the kernel has; nothing when that cannot be told.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> hugepage_sizes() const = 0;
  [[nodiscard]] virtual bool in_user_namespace() const = 0;
};

/// The files in directories that are held.
class DirectoryFiles final : public ControllerFiles {
 public:
  /// Whose directory is where; null when there is none.
  using Lookup = std::function<const Directory*(Place)>;
  explicit DirectoryFiles(Lookup lookup) : lookup_(std::move(lookup)) {}

  [[nodiscard]] bool has(Place place, std::string_view file) const override;
  [[nodiscard]] Result<std::string> read(Place place, std::string_view file) const override;
  [[nodiscard]] Result<void> write(Place place, std::string_view file, std::string_view value) override;
  [[nodiscard]] Result<void> attach(const DeviceProgram& program) override;
  [[nodiscard]] std::optional<std::vector<std::string>> hugepage_sizes() const override;
  [[nodiscard]] bool in_user_namespace() const override;

 private:
  Lookup lookup_;
};

/// What plan() must know for these resources, and no more. A file that cannot be read leaves its part unknown.
/// @return Errc::cgroup_gone; Errc::malformed_output for a devices.list that cannot be read
[[nodiscard]] Result<CurrentLimits> read_current_limits(const oci::LinuxResources& resources,
                                                        const Placement& placement, const ControllerFiles& files);

/// As apply() of a Cgroup.
[[nodiscard]] Result<void> apply(const Plan& plan, ControllerFiles& files, PlanPart part = PlanPart::all);

}  // namespace crunc::cgroups
