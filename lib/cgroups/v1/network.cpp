// SPDX-License-Identifier: Apache-2.0
// net_cls and net_prio, which are v1's alone.

#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups::v1 {
namespace {

Result<void> check_there(const Planner& planner, Controller controller, std::string_view field) {
  if (planner.placement.v1.contains(controller)) return {};
  return field_error(Errc::controller_unavailable, field,
                     "cannot be set: the cgroup has no controller " + std::string(to_string(controller)));
}

/// @source linux/if.h IFNAMSIZ; net/core/dev.c dev_valid_name()
bool is_interface(std::string_view name) {
  return !name.empty() && name.size() < 16 && name != "." && name != ".." &&
         name.find_first_of("/: \t\r\n\v\f") == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Result<void> plan_network(Planner& planner) {
  const oci::Network& network = *planner.resources.network;
  if (const std::uint32_t class_id = network.class_id.value_or(0); class_id != 0) {
    if (Result<void> done = check_there(planner, Controller::net_cls, "/network/classID"); !done) return done;
    planner.add({.controller = Controller::net_cls,
                 .file = "net_cls.classid",
                 .value = std::to_string(class_id),
                 .field = "/network/classID"});
  }
  for (std::size_t i = 0; i < network.priorities.size(); ++i) {
    const std::string field = "/network/priorities/" + std::to_string(i);
    const oci::NetworkInterfacePriority& one = network.priorities[i];
    if (Result<void> done = check_there(planner, Controller::net_prio, field); !done) return done;
    if (!is_interface(one.name)) {
      return field_error(Errc::invalid_argument, field + "/name",
                         core::excerpt(one.name) + " is no name of an interface");
    }
    planner.add({.controller = Controller::net_prio,
                 .file = "net_prio.ifpriomap",
                 .value = one.name + ' ' + std::to_string(one.priority),
                 .field = field});
  }
  return {};
}

}  // namespace crunc::cgroups::v1
