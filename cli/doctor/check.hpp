// SPDX-License-Identifier: Apache-2.0
// A check of doctor's: what is looked at, and what was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crunc::cli::doctor {

struct Machine;

enum class Outcome : std::uint8_t {
  ok,
  warn,    ///< something does not work, or not as well as it could
  failed,  ///< containers do not work
  skipped  ///< there is nothing to look at
};

/// The word for it: "ok".
[[nodiscard]] const char* to_string(Outcome outcome) noexcept;

struct Finding {
  Outcome outcome = Outcome::ok;
  std::string fact;      ///< short
  std::string remedy{};  ///< what to do; of all that are not ok, but for what is skipped
};

struct Check {
  const char* name;
  Finding (*look)(const Machine& machine);
};

struct CheckResult {
  std::string name;
  Finding finding;
};

/// All checks, in the order in which they are shown.
[[nodiscard]] const std::vector<Check>& all_checks();
[[nodiscard]] std::vector<CheckResult> run_checks(const Machine& machine);

// Each looks at Machine alone.
Finding check_user(const Machine& machine);
Finding check_kernel(const Machine& machine);
Finding check_pidfds(const Machine& machine);
Finding check_spawning(const Machine& machine);
Finding check_descriptors(const Machine& machine);
Finding check_namespaces(const Machine& machine);
Finding check_user_namespaces(const Machine& machine);
Finding check_seccomp(const Machine& machine);
Finding check_apparmor(const Machine& machine);
Finding check_selinux(const Machine& machine);
Finding check_overlay(const Machine& machine);
Finding check_console(const Machine& machine);
Finding check_pressure(const Machine& machine);
Finding check_cgroup_mode(const Machine& machine);
Finding check_controllers(const Machine& machine);
Finding check_cgroup_end(const Machine& machine);
Finding check_swap(const Machine& machine);
Finding check_systemd(const Machine& machine);
Finding check_runtime(const Machine& machine);
Finding check_features(const Machine& machine);
Finding check_state_root(const Machine& machine);
Finding check_containers(const Machine& machine);
Finding check_criu(const Machine& machine);
Finding check_criu_kernel(const Machine& machine);

}  // namespace crunc::cli::doctor
