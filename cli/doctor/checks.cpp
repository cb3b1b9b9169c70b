// SPDX-License-Identifier: Apache-2.0
// The table of checks.

#include "doctor/check.hpp"

namespace crunc::cli::doctor {

const char* to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::warn: return "warn";
    case Outcome::failed: return "failed";
    case Outcome::skipped: return "skipped";
  }
  return "";
}

const std::vector<Check>& all_checks() {
  static const std::vector<Check> checks{
      {"user", check_user},
      {"kernel", check_kernel},
      {"pidfds", check_pidfds},
      {"spawning", check_spawning},
      {"descriptors", check_descriptors},
      {"namespaces", check_namespaces},
      {"user namespaces", check_user_namespaces},
      {"seccomp", check_seccomp},
      {"AppArmor", check_apparmor},
      {"SELinux", check_selinux},
      {"overlay", check_overlay},
      {"console", check_console},
      {"pressure (PSI)", check_pressure},
      {"cgroups", check_cgroup_mode},
      {"controllers", check_controllers},
      {"freeze and kill", check_cgroup_end},
      {"swap accounting", check_swap},
      {"systemd", check_systemd},
      {"runtime", check_runtime},
      {"features", check_features},
      {"runtime's root", check_state_root},
      {"containers", check_containers},
      {"CRIU", check_criu},
      {"CRIU and kernel", check_criu_kernel},
  };
  return checks;
}

std::vector<CheckResult> run_checks(const Machine& machine) {
  std::vector<CheckResult> results;
  for (const Check& check : all_checks()) results.push_back({check.name, check.look(machine)});
  return results;
}

}  // namespace crunc::cli::doctor
