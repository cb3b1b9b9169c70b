// SPDX-License-Identifier: Apache-2.0
// Security modules.

#include "doctor/check.hpp"
#include "doctor/machine.hpp"

namespace crunc::cli::doctor {

Finding check_apparmor(const Machine& machine) {
  const std::string enabled = machine.text("/sys/module/apparmor/parameters/enabled").value_or("");
  if (!enabled.starts_with('Y')) return {Outcome::skipped, "not on this kernel, or switched off"};
  if (machine.exists("/sys/kernel/security/apparmor")) return {Outcome::ok, "enabled"};
  return {Outcome::warn, "enabled, but securityfs is not mounted",
          "mount -t securityfs securityfs /sys/kernel/security; bundles with a profile fail"};
}

Finding check_selinux(const Machine& machine) {
  const auto enforce = machine.text("/sys/fs/selinux/enforce");
  if (!enforce) return {Outcome::skipped, "not on this kernel, or switched off"};
  return {Outcome::ok, enforce->starts_with('1') ? "enforcing" : "permissive"};
}

}  // namespace crunc::cli::doctor
