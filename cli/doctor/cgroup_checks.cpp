// SPDX-License-Identifier: Apache-2.0
// The cgroups of this machine.

#include <algorithm>
#include <sstream>
#include <vector>

#include "doctor/check.hpp"
#include "doctor/machine.hpp"

namespace crunc::cli::doctor {
namespace {

namespace fs = std::filesystem;

struct Mount {
  std::string path;
  std::string options;  ///< of the file system: v1's controllers are among them
};

struct Mounts {
  std::vector<Mount> v1{};
  std::optional<Mount> v2{};
};

/// The mounted cgroup file systems. @source proc(5), /proc/self/mountinfo
Mounts cgroup_mounts(const Machine& machine) {
  Mounts mounts;
  std::istringstream lines(machine.text("/proc/self/mountinfo").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash));
    std::istringstream behind(line.substr(dash + 3));
    std::string skipped;
    Mount mount;
    before >> skipped >> skipped >> skipped >> skipped >> mount.path;
    std::string type;
    behind >> type >> skipped >> mount.options;
    if (type == "cgroup") mounts.v1.push_back(mount);
    if (type == "cgroup2" && !mounts.v2) mounts.v2 = mount;
  }
  return mounts;
}

bool has_option(const Mount& mount, std::string_view option) {
  return ("," + mount.options + ",").find("," + std::string(option) + ",") != std::string::npos;
}

std::optional<Mount> v1_mount(const Mounts& mounts, std::string_view controller) {
  const auto found = std::ranges::find_if(mounts.v1, [&](const Mount& each) { return has_option(each, controller); });
  return found == mounts.v1.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> words_of(const Machine& machine, const std::string& path) {
  std::istringstream words(machine.text(path).value_or(""));
  std::vector<std::string> result;
  for (std::string each; words >> each;) result.push_back(each);
  return result;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& those) {
  std::vector<std::string> rest;
  for (const std::string& each : all) {
    if (std::ranges::find(those, each) == those.end()) rest.push_back(each);
  }
  return rest;
}

/// Some cgroup below the root of a hierarchy, which itself lacks most files.
fs::path below_root(const Machine& machine, const std::string& mount) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(machine.at(mount), error)) {
    if (entry.is_directory(error)) return entry.path();
  }
  return {};
}

bool has_file(const fs::path& directory, const char* name) {
  std::error_code error;
  return fs::exists(directory / name, error);
}

/// Whether controllers are on v2: it alone, or v1 with nothing but names.
bool is_unified(const Mounts& mounts) {
  const auto is_name = [](const Mount& each) { return each.options.find("name=") != std::string::npos; };
  return mounts.v2 && std::ranges::all_of(mounts.v1, is_name);
}

constexpr const char* v2_remedy =
    "boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 alone; on v1 there is no cgroup.kill, no "
    "memory.high, and pressure is not per container";

Finding v2_controllers(const Machine& machine, const Mount& mount) {
  const std::vector<std::string> wanted{"cpu", "cpuset", "io", "memory", "pids"};
  const std::vector<std::string> there = words_of(machine, mount.path + "/cgroup.controllers");
  const std::vector<std::string> handed_on = words_of(machine, mount.path + "/cgroup.subtree_control");
  const std::vector<std::string> missing = without(wanted, there);
  if (!missing.empty()) {
    const bool is_needed = !without({"memory", "pids"}, there).empty();
    return {is_needed ? Outcome::failed : Outcome::warn, "without " + joined(missing),
            "use a kernel with them, boot without cgroup_disable=, and let no v1 hierarchy or cgroup above have them"};
  }
  const std::vector<std::string> kept = without(wanted, handed_on);
  if (kept.empty()) return {Outcome::ok, joined(there)};
  std::string plus;
  for (const std::string& each : kept) plus += (plus.empty() ? "+" : " +") + each;
  return {Outcome::warn, joined(there) + "; not handed on: " + joined(kept),
          "echo \"" + plus + "\" > " + mount.path + "/cgroup.subtree_control (under systemd: Delegate=yes)"};
}

Finding v1_controllers(const Machine& machine, const Mounts& mounts) {
  std::vector<std::string> there;
  std::vector<std::string> missing;
  for (const char* const name : {"cpu", "cpuacct", "cpuset", "memory", "pids", "devices", "freezer", "blkio"}) {
    (v1_mount(mounts, name) ? there : missing).emplace_back(name);
  }
  if (missing.empty()) return {Outcome::ok, joined(there)};
  const bool is_needed = !without({"devices", "freezer"}, there).empty();
  return {is_needed ? Outcome::failed : Outcome::warn, "not mounted: " + joined(missing),
          "mount -t cgroup -o " + missing.front() + " cgroup /sys/fs/cgroup/" + missing.front() +
              ", and so on (those that `cat /proc/cgroups` has" +
              (machine.exists("/proc/cgroups") ? ")" : ", once /proc is mounted)")};
}

}  // namespace

Finding check_cgroup_mode(const Machine& machine) {
  const Mounts mounts = cgroup_mounts(machine);
  if (is_unified(mounts)) return {Outcome::ok, "unified (v2)"};
  if (mounts.v1.empty()) {
    return {Outcome::failed, "none mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
  }
  if (!mounts.v2) return {Outcome::warn, "legacy (v1)", v2_remedy};
  const std::vector<std::string> on_v2 = words_of(machine, mounts.v2->path + "/cgroup.controllers");
  if (on_v2.empty()) return {Outcome::warn, "hybrid (v1, and v2 without controllers)", v2_remedy};
  return {Outcome::warn, "hybrid (v1, and v2 with " + joined(on_v2) + ")",
          std::string("crun refuses a hybrid with controllers on v2; ") + v2_remedy};
}

Finding check_controllers(const Machine& machine) {
  const Mounts mounts = cgroup_mounts(machine);
  if (is_unified(mounts)) return v2_controllers(machine, *mounts.v2);
  if (mounts.v1.empty()) return {Outcome::skipped, "no cgroups"};
  return v1_controllers(machine, mounts);
}

Finding check_cgroup_end(const Machine& machine) {
  const Mounts mounts = cgroup_mounts(machine);
  if (!is_unified(mounts)) {
    if (v1_mount(mounts, "freezer")) return {Outcome::ok, "freezer (v1); processes are killed one by one"};
    return {Outcome::warn, "no freezer", "mount -t cgroup -o freezer cgroup /sys/fs/cgroup/freezer; pause fails"};
  }
  const fs::path cgroup = below_root(machine, mounts.v2->path);
  if (cgroup.empty()) return {Outcome::skipped, "no cgroup to look at"};
  const bool freezes = has_file(cgroup, "cgroup.freeze");
  const bool kills = has_file(cgroup, "cgroup.kill");
  if (freezes && kills) return {Outcome::ok, "cgroup.freeze, cgroup.kill"};
  if (freezes) {
    return {Outcome::warn, "cgroup.freeze, no cgroup.kill", "use Linux 5.14 or later, to end a container in one go"};
  }
  return {Outcome::warn, "no cgroup.freeze", "use Linux 5.2 or later; pause fails"};
}

Finding check_swap(const Machine& machine) {
  const Mounts mounts = cgroup_mounts(machine);
  const auto memory = v1_mount(mounts, "memory");
  if (!is_unified(mounts) && !memory) return {Outcome::skipped, "no memory controller"};
  bool counts = false;
  if (is_unified(mounts)) {
    const fs::path cgroup = below_root(machine, mounts.v2->path);
    if (!has_file(cgroup, "memory.max")) return {Outcome::skipped, "no cgroup with memory to look at"};
    counts = has_file(cgroup, "memory.swap.max");
  } else {
    counts = has_file(machine.at(memory->path), "memory.memsw.limit_in_bytes");
  }
  if (counts) return {Outcome::ok, "counted and limited"};
  return {Outcome::warn, "not counted", "boot with swapaccount=1, on a kernel with swap; limits of swap fail here"};
}

Finding check_systemd(const Machine& machine) {
  if (!machine.exists("/run/systemd/system")) {
    return {Outcome::ok, "not running: the cgroupfs driver (no --systemd-cgroup)"};
  }
  if (machine.exists("/run/systemd/private") || machine.exists("/run/dbus/system_bus_socket")) {
    return {Outcome::ok, "manages the cgroups: the systemd driver (--systemd-cgroup)"};
  }
  return {Outcome::warn, "manages the cgroups, but cannot be reached",
          "start dbus; until then --systemd-cgroup fails, and cgroups made without it may be taken away by systemd"};
}

}  // namespace crunc::cli::doctor
