// SPDX-License-Identifier: Apache-2.0
//
// Plans and their failures as short texts, to compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/plan.hpp>

namespace crunc::test {

[[nodiscard]] inline oci::LinuxResources resources(std::string_view json) {
  return oci::read_linux_resources(json).value();
}

/// "memory/memory.max 100"; nothing before the slash for files of no controller.
[[nodiscard]] inline std::string line(const cgroups::FileWrite& write) {
  std::string text(write.controller ? cgroups::to_string(*write.controller) : "");
  return text + '/' + write.file + ' ' + write.value;
}

[[nodiscard]] inline std::vector<std::string> lines(const cgroups::Plan& plan) {
  std::vector<std::string> all;
  for (const cgroups::FileWrite& write : plan.writes) all.push_back(line(write));
  return all;
}

[[nodiscard]] inline std::vector<std::string> on_v1(std::string_view json, const cgroups::CurrentLimits& current = {},
                                                    const cgroups::ConversionOptions& options = {}) {
  return lines(cgroups::plan(resources(json), cgroups::Placement::legacy(), options, current).value());
}

[[nodiscard]] inline std::vector<std::string> on_v2(std::string_view json, const cgroups::CurrentLimits& current = {},
                                                    const cgroups::ConversionOptions& options = {}) {
  return lines(cgroups::plan(resources(json), cgroups::Placement::pure_v2(), options, current).value());
}

/// "invalid_argument /memory/limit: ..."; "none" when there is a plan.
[[nodiscard]] inline std::string failure_of(std::string_view json, const cgroups::Placement& placement,
                                            const cgroups::ConversionOptions& options = {},
                                            const cgroups::CurrentLimits& current = {}) {
  const auto made = cgroups::plan(resources(json), placement, options, current);
  return made ? "none" : to_string(made.error().code) + (" " + made.error().reason);
}

}  // namespace crunc::test
