// SPDX-License-Identifier: Apache-2.0
// The map of files and values, which go to v2 as they are and after all else.

#include "cgroups/planner.hpp"
#include "core/text.hpp"
#include "oci/json_cursor.hpp"

namespace crunc::cgroups::v2 {
namespace {

/// Whose file it is; nothing for those of the cgroup itself, and of controllers that are not known here.
Result<std::optional<Controller>> owner(const std::string& key, const std::string& field, const Placement& placement) {
  const std::string_view name = std::string_view(key).substr(0, key.find('.'));
  const std::optional<Controller> controller = controller_named(name);
  if (!controller || name == "blkio") return std::optional<Controller>();
  if (placement.v2.contains(*controller)) return controller;
  if (placement.v1.contains(*controller)) {
    return field_error(Errc::unsupported, field, "the controller " + std::string(name) + " is on cgroup v1");
  }
  return field_error(Errc::controller_unavailable, field, "the cgroup has no controller " + std::string(name));
}

}  // namespace

Result<void> plan_unified(Planner& planner) {
  for (const auto& [key, value] : planner.resources.unified) {
    if (!is_kernel_name(key)) {  // libcontainer looks for a '/' only
      return field_error(Errc::invalid_argument, "/unified", core::excerpt(key) + " is no name of a file");
    }
    const std::string field = "/unified/" + oci::escape_key(key);
    if (!planner.placement.unified) return field_error(Errc::unsupported, field, "is not in cgroup v1");
    const Result<std::optional<Controller>> controller = owner(key, field, planner.placement);
    if (!controller) return controller.error();
    std::vector<std::string_view> lines = core::split_lines(value);
    if (lines.empty()) lines.emplace_back();
    for (const std::string_view line : lines) {
      planner.add({.controller = *controller, .file = key, .value = std::string(line), .field = field});
    }
  }
  return {};
}

}  // namespace crunc::cgroups::v2
