// SPDX-License-Identifier: Apache-2.0
// DevicePolicy and DeviceAllow, which is a list of what is allowed: of nodes, of majors, or of all of a type.
//
// What rules say beyond that systemd is told as the next thing it has. On v2 that is what allows more, since its
// program and the one that plan() makes must both allow: less would break the container. On v1 systemd writes to the
// files of plan() itself, at each reload, so there it is what allows less.

#include "cgroups/planner.hpp"
#include "cgroups/systemd/property_list.hpp"

namespace crunc::cgroups::systemd {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

constexpr const char* field = "/devices";

void add_policy(PropertyList& list, const char* policy) {
  // What was allowed before goes with an empty list: others are added to it.
  list.add({.name = "DeviceAllow", .value = Entries{}, .field = field});
  list.add({.name = "DevicePolicy", .value = std::string(policy), .field = field});
}

/// A name for all devices of a major; empty if this systemd has none for it.
std::string major_name(const std::string& type, const DeviceRule& rule, unsigned version) {
  if (version >= 240) return type + '-' + std::to_string(*rule.major);
  // Before, it was the name in /proc/devices, of which this one is the kernel's own and in every list of rules.
  constexpr std::uint32_t pts = 136;
  return rule.type == DeviceType::character && rule.major == pts ? "char-pts" : "";
}

/// What systemd calls the devices of a rule. Empty: nothing that allows no more.
std::string device_name(const DeviceRule& rule, const Target& target) {
  const std::string type = rule.type == DeviceType::block ? "block" : "char";
  if (rule.major && rule.minor) {
    return "/dev/" + type + '/' + std::to_string(*rule.major) + ':' + std::to_string(*rule.minor);
  }
  if (!rule.major && !rule.minor) return type + "-*";
  if (rule.major) {
    if (std::string name = major_name(type, rule, target.version); !name.empty()) return name;
  }
  return target.unified ? type + "-*" : "";
}

}  // namespace

Result<void> add_devices(PropertyList& list, const Target& target, const oci::LinuxResources& resources) {
  if (target.options.skip_devices || resources.devices.empty()) return {};
  const Result<std::vector<DeviceRule>> rules = read_device_rules(resources.devices);
  if (!rules) return rules.error();
  const Result<DeviceRules> kept = DeviceRules::from(*rules);
  // On v2 rules may take devices out of others, which no list of what is allowed can say.
  if (!kept && !target.unified) return kept.error();
  const std::vector<DeviceRule> exceptions = kept ? kept->exceptions() : std::vector<DeviceRule>();
  if (!kept || (kept->allows_by_default() && (target.unified || exceptions.empty()))) {
    add_policy(list, "auto");
    return {};
  }
  add_policy(list, "strict");
  Entries allowed;
  for (const DeviceRule& rule : exceptions) {
    if (!rule.allow) continue;
    if (std::string name = device_name(rule, target); !name.empty()) {
      allowed.emplace_back(std::move(name), access_text(rule.access));
    }
  }
  if (!allowed.empty()) list.add({.name = "DeviceAllow", .value = std::move(allowed), .field = field});
  return {};
}

}  // namespace crunc::cgroups::systemd
