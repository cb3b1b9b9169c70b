// SPDX-License-Identifier: Apache-2.0
// A container's monitor moved to a cgroup of its own.

#include <csignal>

#include <crunc/cgroups/pods.hpp>
#include <crunc/cgroups/update.hpp>

#include "cgroups/mounts.hpp"
#include "cgroups/pods/names.hpp"
#include "cgroups/pods/new_levels.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

/// CRI-O's word for "where the pod is".
constexpr std::string_view pod_word = "pod";

Error bad_conmon_cgroup(std::string_view cgroup, std::string_view choices) {
  return Error(Errc::invalid_argument,
               "conmon_cgroup " + core::excerpt(cgroup) + " cannot be: it is " + std::string(choices));
}

/// Makes the cgroup of a manager, limits it, and lets a process join.
Result<void> fill(Manager& manager, pid_t pid) {
  if (const auto made = manager.apply(); !made) return made;
  const oci::LinuxResources resources = manager.config().resources;
  if (const auto set = manager.set(resources); !set) return set;
  return manager.add_process({}, pid);
}

/// The hierarchy of v1 whose cpuset the limits ask for; systemd does not care for it. Null: there is none, or no need.
const Mount* cpuset_mount(const Hierarchy& hierarchy, const oci::Cpu& cpu) {
  const bool is_wanted = cpu.cpus || cpu.mems;
  if (!is_wanted || !hierarchy.has(Controller::cpuset) || hierarchy.on_v2(Controller::cpuset)) return nullptr;
  return hierarchy.mounts()->of(Controller::cpuset);
}

/// A cgroup in that hierarchy alone, limited.
Result<Cgroup> make_cpuset(const Hierarchy& hierarchy, const Mount& mount, const CgroupPath& path,
                           const oci::Cpu& cpu) {
  auto made =
      Cgroup::create(hierarchy, {{mount.keys().front(), mount.directory_of(path)}}, {.required = {Controller::cpuset}});
  if (!made) return made;
  const auto set = update(*made, {.cpu = oci::Cpu{.cpus = cpu.cpus, .mems = cpu.mems}});
  return set ? std::move(made) : Result<Cgroup>(set.error());
}

/// The scope of a monitor, with what it is limited to.
UnitRequest scope_request(std::vector<UnitProperty> limits, const PodOptions& options) {
  UnitRequest request{.description = "monitor of a container", .timeout = options.timeout};
  request.properties = std::move(limits);
  request.properties.push_back({.name = "DefaultDependencies", .value = false});
  // One that was killed for want of memory would stay as failed for ever: nobody asks for this name again.
  request.properties.push_back(
      {.name = "CollectMode", .value = std::string("inactive-or-failed"), .is_optional = true});
  // conmon ignores it: at shutdown it is to wait for its container instead of passing SIGTERM on.
  request.properties.push_back({.name = "KillSignal", .value = std::int32_t{SIGPIPE}});
  if (!options.service.empty()) {
    request.properties.push_back({.name = "After", .value = std::vector<std::string>{options.service}});
  }
  return request;
}

/// The cgroup that a process is in, to go back to; nothing where it is outside of what is mounted here.
Result<std::optional<Cgroup>> home_of(const Hierarchy& hierarchy, pid_t pid) {
  auto home = Cgroup::load(hierarchy, pid);
  if (home) return std::optional(std::move(*home));
  if (home.error().code == Errc::cgroup_not_found) return std::optional<Cgroup>();
  return home.error();
}

}  // namespace

Result<std::optional<CgroupPath>> PodCgroups::move_to_directory(const CgroupPath& path, pid_t pid,
                                                                const oci::LinuxResources& limits) const {
  auto home = home_of(hierarchy_, pid);
  if (!home) return home.error();
  auto manager =
      Manager::make(hierarchy_, {.path = path.str(), .resources = limits, .conversion = {.skip_devices = true}});
  if (!manager) return manager.error();
  pods::NewLevels made(hierarchy_, path);
  if (const auto filled = fill(*manager, pid); !filled) {
    if (*home) static_cast<void>((*home)->add_process(pid));
    return filled.error();
  }
  made.keep();
  return std::optional(path);
}

Result<std::optional<CgroupPath>> PodCgroups::move_to_scope(const std::string& slice, const std::string& unit,
                                                            pid_t pid, const oci::LinuxResources& limits) const {
  const auto version = options_.units->version();
  if (!version) return version.error();
  auto properties = to_systemd(limits, hierarchy_.mode() == Mode::unified, *version);
  if (!properties) return properties.error();
  UnitRequest request = scope_request(std::move(*properties), options_);
  request.name = unit;
  request.slice = slice;
  request.pids = {pid};
  const oci::Cpu cpu = limits.cpu.value_or(oci::Cpu());
  if (const Mount* mount = cpuset_mount(hierarchy_, cpu)) return move_with_cpuset(request, *mount, cpu);
  if (const auto started = options_.units->start(request); !started) return started.error();
  return std::optional<CgroupPath>();
}

Result<std::optional<CgroupPath>> PodCgroups::move_with_cpuset(const UnitRequest& request, const Mount& mount,
                                                               const oci::Cpu& cpu) const {
  const pid_t pid = request.pids.front();
  const auto around = pod_path(request.slice);
  const auto path = around ? around->child(escape_unit(request.name)) : around;
  if (!path) return path.error();
  auto home = home_of(hierarchy_, pid);
  if (!home) return home.error();
  pods::NewLevels made(hierarchy_, *path, &mount);
  auto cpuset = make_cpuset(hierarchy_, mount, *path, cpu);
  if (!cpuset) return cpuset.error();
  if (const auto started = options_.units->start(request); !started) return started.error();
  if (const auto joined = cpuset->add_process(pid); !joined) {
    if (*home) static_cast<void>((*home)->add_process(pid));
    static_cast<void>(options_.units->stop(request.name, request.timeout));
    return joined.error();
  }
  made.keep();
  return std::optional(*path);
}

Result<std::optional<CgroupPath>> PodCgroups::move_conmon(std::string_view id, std::string_view parent,
                                                          std::string_view conmon_cgroup, pid_t pid,
                                                          const oci::LinuxResources& resources) const {
  if (pid <= 0) return Error(Errc::invalid_argument, "pid " + std::to_string(pid));
  if (const auto checked = pods::check_part("id", id); !checked) return checked.error();
  const oci::LinuxResources limits{.cpu = resources.cpu};
  const std::string name = options_.prefix + "-conmon-" + std::string(id);
  const bool is_in_pod = conmon_cgroup.empty() || conmon_cgroup == pod_word;
  if (is_systemd()) {
    if (!is_in_pod && !is_slice(conmon_cgroup)) {
      return bad_conmon_cgroup(conmon_cgroup, "\"pod\" or the name of a slice with the cgroup manager \"systemd\"");
    }
    const auto slice = slice_of(is_in_pod ? parent : conmon_cgroup);
    return slice ? move_to_scope(*slice, name + ".scope", pid, limits) : slice.error();
  }
  if (!is_in_pod) return bad_conmon_cgroup(conmon_cgroup, "\"pod\" or empty with the cgroup manager \"cgroupfs\"");
  const auto pod = pod_path(parent);
  if (!pod) return pod.error();
  const auto path = pod->child(name);
  return path ? move_to_directory(*path, pid, limits) : path.error();
}

}  // namespace crunc::cgroups
