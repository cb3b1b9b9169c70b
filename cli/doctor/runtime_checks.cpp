// SPDX-License-Identifier: Apache-2.0
// The runtime, its containers, and CRIU.

#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <compare>

#include "doctor/check.hpp"
#include "doctor/machine.hpp"

namespace crunc::cli::doctor {
namespace {

struct Number {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend constexpr auto operator<=>(const Number&, const Number&) = default;
};

Number number_of(std::string_view version) {
  Number number;
  for (int* const part : {&number.major, &number.minor, &number.patch}) {
    const auto [stop, error] = std::from_chars(version.data(), version.data() + version.size(), *part);
    version.remove_prefix(static_cast<std::size_t>(stop - version.data()));
    if (error != std::errc{} || !version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  return number;
}

/// What is to be known of a runtime in versions before `until`; of all where that is nothing.
struct Quirk {
  std::string_view runtime;
  Number until;
  const char* fact;
  const char* remedy;
};

constexpr std::array quirks{
    Quirk{"runc", {1, 1, 0}, "older than what crunc is known to work with", "use runc 1.1 or later"},
    Quirk{"runc",
          {1, 1, 12},
          "CVE-2024-21626, unless your distribution mended it",
          "use runc 1.1.12 or later, or look for CVE-2024-21626 in your package's changelog (Debian 12: "
          "1.1.5+ds1-1+deb12u1)"},
    Quirk{"crun", {1, 8, 0}, "older than what crunc is known to work with", "use crun 1.8 or later"},
    Quirk{"crun", {1, 8, 6}, "no `features`", "use crun 1.8.6 or later if a program asks for its features"},
    Quirk{"youki", {0, 3, 0}, "older than what crunc is known to work with", "use youki 0.3 or later"},
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const std::size_t newline = text.rfind('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

constexpr const char* criu_remedy =
    "install the package criu (Debian 13 has 4.1), or name one by --criu; only checkpoint and restore need it";

}  // namespace

Finding check_runtime(const Machine& machine) {
  if (!machine.version) {
    const bool missing = machine.version.error().code == Errc::runtime_not_found;
    return {Outcome::failed, machine.runtime + (missing ? ": not found" : ": does not tell its version"),
            missing ? "install runc or crun, or name a runtime by --runtime or CRUNC_RUNTIME"
                    : "see `" + machine.runtime + " --version`: " + machine.version.error().message()};
  }
  const Version& version = *machine.version;
  const std::string fact = version.name + " " + version.version;
  for (const Quirk& each : quirks) {
    if (each.runtime != version.name || number_of(version.version) >= each.until) continue;
    return {Outcome::warn, fact + ": " + each.fact, each.remedy};
  }
  return {Outcome::ok, fact};
}

Finding check_features(const Machine& machine) {
  if (!machine.version) return {Outcome::skipped, "no runtime"};
  if (!machine.features) {
    if (machine.features.error().code == Errc::unsupported) return {Outcome::skipped, "the runtime tells none"};
    return {Outcome::warn, "cannot be read", "see `crunc features`: " + machine.features.error().message()};
  }
  const oci::Features& features = *machine.features;
  std::string fact = "config.json up to " + features.oci_version_max.value_or("an unknown version");
  if (features.linux_features && features.linux_features->cgroup) {
    const oci::FeaturesCgroup& cgroup = *features.linux_features->cgroup;
    fact += std::string("; cgroups") + (cgroup.v1.value_or(false) ? " v1" : "") +
            (cgroup.v2.value_or(false) ? " v2" : "") + (cgroup.systemd.value_or(false) ? " systemd" : "");
  }
  if (features.linux_features && features.linux_features->seccomp) {
    fact += features.linux_features->seccomp->enabled.value_or(false) ? "; seccomp" : "; no seccomp";
  }
  return {Outcome::ok, fact};
}

Finding check_state_root(const Machine& machine) {
  constexpr std::uint64_t mebibyte = 1U << 20;
  constexpr std::uint64_t little = 16 * mebibyte;
  // Where the directory is not there yet the runtime makes it.
  std::filesystem::path there = machine.at(machine.state_root.string());
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  const std::string name = machine.state_root.string();
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    return {Outcome::failed, name + ": cannot be written to",
            "run as the user whose it is, make it writable, or name another by --root"};
  }
  struct statvfs info {};
  if (::statvfs(there.c_str(), &info) != 0) return {Outcome::ok, name + ": can be written to"};
  const std::uint64_t room = std::uint64_t{info.f_bavail} * info.f_frsize;
  const std::string fact = name + ": " + std::to_string(room / mebibyte) + " MiB free";
  if (room >= little) return {Outcome::ok, fact};
  return {room == 0 ? Outcome::failed : Outcome::warn, fact,
          "free some room there (`df " + name + "`), or name another directory by --root"};
}

Finding check_containers(const Machine& machine) {
  if (!machine.version) return {Outcome::skipped, "no runtime"};
  if (!machine.containers) {
    return {Outcome::warn, "cannot be listed", "see `crunc list`: " + machine.containers.error().message()};
  }
  std::string stale;
  std::string first;
  std::size_t count = 0;
  constexpr std::size_t most_named = 4;
  for (const Container& each : *machine.containers) {
    const bool has_process = each.pid > 0 && machine.exists("/proc/" + std::to_string(each.pid));
    if (each.status != Status::stopped && has_process) continue;
    if (count++ == 0) first = each.id;
    if (count <= most_named) stale += (stale.empty() ? "" : ", ") + each.id;
  }
  const std::string all = std::to_string(machine.containers->size());
  if (count == 0) return {Outcome::ok, all + ", each with its process"};
  if (count > most_named) stale += ", ...";
  return {Outcome::warn, std::to_string(count) + " of " + all + " without a process: " + stale,
          "crunc delete " + first + ", if nobody needs its state any more"};
}

Finding check_criu(const Machine& machine) {
  if (!machine.criu_version) return {Outcome::warn, "not found", criu_remedy};
  if (machine.criu_version->code != 0) {
    return {Outcome::warn, "does not tell its version: " + last_line(machine.criu_version->text), criu_remedy};
  }
  const std::string line = first_line(machine.criu_version->text);
  const std::size_t colon = line.find(": ");
  return {Outcome::ok, "criu " + (colon == std::string::npos ? line : line.substr(colon + 2))};
}

Finding check_criu_kernel(const Machine& machine) {
  if (!machine.criu_check) return {Outcome::skipped, "no CRIU"};
  if (machine.criu_check->code == 0) return {Outcome::ok, "criu check: looks good"};
  return {Outcome::warn, "criu check: " + last_line(machine.criu_check->text),
          "use a newer CRIU on this kernel, and root; see `criu check`. Only checkpoint and restore need it"};
}

}  // namespace crunc::cli::doctor
