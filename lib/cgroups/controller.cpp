// SPDX-License-Identifier: Apache-2.0
// Names of controllers.

#include <crunc/cgroups/controller.hpp>

namespace crunc::cgroups {
namespace {

constexpr std::array<std::string_view, controller_count> names{
    "cpu",     "cpuacct", "cpuset",  "memory",   "io",         "pids", "devices",
    "freezer", "hugetlb", "net_cls", "net_prio", "perf_event", "rdma", "misc"};

}  // namespace

std::string_view to_string(Controller controller, bool on_v2) noexcept {
  if (controller == Controller::io && !on_v2) return "blkio";
  return names[static_cast<std::size_t>(controller)];
}

std::optional<Controller> controller_named(std::string_view name) noexcept {
  if (name == "blkio") return Controller::io;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Controller>(i);
  }
  return std::nullopt;
}

std::string to_string(ControllerSet set) {
  std::string result;
  set.for_each([&](Controller controller) {
    if (!result.empty()) result += ' ';
    result += to_string(controller);
  });
  return result;
}

}  // namespace crunc::cgroups
