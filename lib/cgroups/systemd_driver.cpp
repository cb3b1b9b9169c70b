// SPDX-License-Identifier: Apache-2.0
// The driver that leaves it to systemd to make and remove: each cgroup is a unit.
// @source opencontainers/cgroups systemd/common.go, v1.go, v2.go

#include <algorithm>
#include <utility>

#include <crunc/cgroups/update.hpp>

#include "cgroups/held.hpp"
#include "cgroups/manager_driver.hpp"
#include "cgroups/members.hpp"

namespace crunc::cgroups {
namespace {

constexpr auto time_to_stop = std::chrono::seconds(30);
constexpr auto time_to_end = std::chrono::seconds(1);  // as RemoveOptions

/// The unit of a config, with a slice for a scope.
Result<OciCgroupsPath> parts_of(const ManagerConfig& config, bool of_user) {
  if (const auto checked = check_naming(config); !checked) return checked.error();
  const std::string text = config.path.empty() ? config.parent + "::" + config.name : config.path;
  auto parsed = OciCgroupsPath::parse(text, CgroupDriver::systemd);
  if (parsed && parsed->slice.empty() && !is_slice(parsed->name)) {
    parsed->slice = of_user ? "user.slice" : "system.slice";
  }
  return parsed;
}

Result<OciCgroupsPath> parts_of(const ManagerConfig& config) {
  const auto root = config.units->root();
  if (!root) return root.error();
  return parts_of(config, !root->empty());
}

bool is_unified(const Hierarchy& hierarchy) { return hierarchy.mode() == Mode::unified; }

/// The directories of one path in all hierarchies.
CgroupPaths paths_at(const CgroupPath& path, const Hierarchy& hierarchy) {
  CgroupPaths result;
  for (const Mount& mount : hierarchy.mounts()->all) {
    for (const std::string& key : mount.keys()) result[key] = mount.directory_of(path);
  }
  return result;
}

/// Adds properties, in the place of those of the same name. A name may be there more than once: an empty DeviceAllow
/// clears what was before.
void override_properties(std::vector<UnitProperty>& properties, const std::vector<UnitProperty>& more) {
  std::erase_if(properties, [&](const UnitProperty& property) {
    return std::ranges::find(more, property.name, &UnitProperty::name) != more.end();
  });
  properties.insert(properties.end(), more.begin(), more.end());
}

/// What every unit gets: it counts, and neither waits for the boot nor stays behind when it has failed.
std::vector<UnitProperty> basic_properties(bool unified) {
  return {{.name = "MemoryAccounting", .value = true, .is_optional = true},
          {.name = "CPUAccounting", .value = true, .is_optional = true},
          {.name = "TasksAccounting", .value = true, .is_optional = true},
          {.name = unified ? "IOAccounting" : "BlockIOAccounting", .value = true, .is_optional = true},
          {.name = "CollectMode", .value = std::string("inactive-or-failed"), .is_optional = true},
          // A slice that is there has them already, and refuses.
          {.name = "DefaultDependencies", .value = false, .is_optional = true}};
}

/// Resources in which what belongs together is there: a quota with its period, a limit with its swap, the weight of
/// what is idle no more.
oci::LinuxResources complete(oci::LinuxResources resources, const oci::LinuxResources& before,
                             const CurrentLimits& current) {
  if (resources.cpu && (resources.cpu->quota.value_or(0) != 0 || resources.cpu->period.value_or(0) != 0)) {
    oci::Cpu& cpu = *resources.cpu;
    if (cpu.quota.value_or(0) == 0 && before.cpu) cpu.quota = before.cpu->quota;
    if (cpu.quota.value_or(0) == 0 && current.cpu_quota_us) cpu.quota = current.cpu_quota_us->printed();
    if (cpu.period.value_or(0) == 0 && before.cpu) cpu.period = before.cpu->period;
    if (cpu.period.value_or(0) == 0) cpu.period = current.cpu_period_us;
    if (cpu.quota) cpu.quota = systemd_quota(*cpu.quota, cpu.period.value_or(0));
  }
  if (resources.cpu && resources.cpu->idle == 0 && resources.cpu->shares.value_or(0) == 0 && before.cpu) {
    resources.cpu->shares = before.cpu->shares;
  }
  if (resources.memory && before.memory && resources.memory->limit.value_or(0) == 0 &&
      resources.memory->swap.value_or(0) != 0) {
    resources.memory->limit = before.memory->limit;
  }
  return resources;
}

/// Who is in a cgroup or below it after those that are ending have had their time, in any hierarchy: on v1 systemd puts
/// processes only into those that it knows of.
Result<std::vector<pid_t>> members_left(const Cgroup& cgroup) {
  const auto deadline = Clock::now() + time_to_end;
  std::vector<pid_t> all;
  for (const Slot& slot : Held::of(cgroup).slots) {
    // Not by the answer but by the list that there is afterwards it is decided: a scope may be gone meanwhile.
    static_cast<void>(wait_until_empty(slot.directory, slot.is_v2(), deadline));
    const auto some = members_of(slot.directory, Members::processes, slot.is_v2(), Recursion::descendants);
    if (!some && some.error().code == Errc::cgroup_gone) continue;
    if (!some) return some.error();
    all.insert(all.end(), some->begin(), some->end());
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// systemd denies all devices for a moment when it sets their rules on v1, so the processes stand still meanwhile.
/// @note runc #2205
class StillForDevices {
 public:
  /// Freezes those that run, if the devices of this placement are `set`.
  [[nodiscard]] static Result<StillForDevices> make(Cgroup& cgroup, const Placement& placement, bool set) {
    if (!set || !placement.v1.contains(Controller::devices)) return StillForDevices(nullptr);
    const auto state = cgroup.state();
    if (!state || *state != FreezerState::thawed) return StillForDevices(nullptr);  // no freezer, or frozen already
    if (const auto frozen = cgroup.freeze(); !frozen) return frozen.error();
    return StillForDevices(&cgroup);
  }
  StillForDevices(StillForDevices&& other) noexcept : cgroup_(std::exchange(other.cgroup_, nullptr)) {}
  StillForDevices& operator=(StillForDevices&&) = delete;
  ~StillForDevices() {
    if (cgroup_ != nullptr) static_cast<void>(cgroup_->thaw());
  }

 private:
  explicit StillForDevices(Cgroup* cgroup) noexcept : cgroup_(cgroup) {}
  Cgroup* cgroup_;
};

class SystemdDriver final : public ManagerDriver {
 public:
  [[nodiscard]] Result<CgroupPaths> paths(const ManagerConfig& config, const Hierarchy& hierarchy) const override {
    const auto root = config.units->root();
    if (!root) return root.error();
    const auto parts = parts_of(config, !root->empty());
    if (!parts) return parts.error();
    const auto beneath = parts->resolve();
    if (!beneath) return beneath.error();
    const auto around = root->empty() ? CgroupPath() : CgroupPath::parse(*root);
    const auto path = around ? around->below(*beneath) : around;
    if (!path) return path.error();
    return paths_at(*path, hierarchy);
  }

  [[nodiscard]] Result<Cgroup> make(const ManagerConfig& config, const Hierarchy& hierarchy, const CgroupPaths& paths,
                                    const CreateOptions& options, std::optional<pid_t> pid) const override {
    const auto request = request_of(config, is_unified(hierarchy), pid);
    if (!request) return request.error();
    if (const auto started = config.units->start(*request); !started) return started.error();
    const auto state = config.units->state(request->name);
    if (!state) return state.error();
    // Its name for the directory is what counts. A unit that has ended already has none.
    const auto path = CgroupPath::parse(state->control_group);
    return Cgroup::create(hierarchy, path ? paths_at(*path, hierarchy) : paths, options);
  }

  [[nodiscard]] Result<void> remove(const ManagerConfig& config, Cgroup& cgroup) const override {
    const auto parts = parts_of(config);
    if (!parts) return parts.error();
    const auto left = members_left(cgroup);
    if (!left) return left.error();
    if (!left->empty()) {
      return Error(Errc::cgroup_busy, "stop " + parts->unit() + ", which has " + name_pids(*left));
    }
    if (const auto stopped = config.units->stop(parts->unit(), time_to_stop); !stopped) return stopped;
    return cgroup.remove();
  }

  [[nodiscard]] Result<oci::LinuxResources> set(const ManagerConfig& config, Cgroup& cgroup,
                                                const oci::LinuxResources& resources) const override {
    const auto parts = parts_of(config);
    if (!parts) return parts.error();
    const Placement placement = placement_of(cgroup);
    auto completed = checked(config, cgroup, placement, resources);
    if (!completed) return completed.error();
    const bool unified = placement.unified && placement.v1.empty();
    const auto properties = properties_of(config, *completed, unified);
    if (!properties) return properties.error();
    if (properties->empty()) return completed;
    const bool sets_devices = !config.conversion.skip_devices && !resources.devices.empty();
    const auto still = StillForDevices::make(cgroup, placement, sets_devices);
    if (!still) return still.error();
    if (const auto done = config.units->set(parts->unit(), *properties); !done) return done.error();
    return completed;
  }

  [[nodiscard]] Result<void> attach(const ManagerConfig& config, std::string_view below, pid_t pid) const override {
    const auto parts = parts_of(config);
    if (!parts) return parts.error();
    // systemd moves processes to scopes only: those of a slice are in the units within.
    if (is_slice(parts->unit())) return {};
    return config.units->attach(parts->unit(), below, {pid});
  }

 private:
  /// The resources as systemd and the files get them; what the files would refuse is refused before systemd has it.
  [[nodiscard]] static Result<oci::LinuxResources> checked(const ManagerConfig& config, const Cgroup& cgroup,
                                                           const Placement& placement,
                                                           const oci::LinuxResources& resources) {
    const auto current = read_current_limits(cgroup, resources);
    if (!current) return current.error();
    if (const auto possible = plan(resources, placement, config.conversion, *current); !possible) {
      return possible.error();
    }
    return complete(resources, config.resources, *current);
  }

  [[nodiscard]] static Result<std::vector<UnitProperty>> properties_of(const ManagerConfig& config,
                                                                       const oci::LinuxResources& resources,
                                                                       bool unified) {
    const auto version = config.units->version();
    if (!version) return version.error();
    return to_systemd(resources, unified, *version, config.conversion);
  }

  [[nodiscard]] static Result<UnitRequest> request_of(const ManagerConfig& config, bool unified,
                                                      std::optional<pid_t> pid) {
    const auto parts = parts_of(config);
    if (!parts) return parts.error();
    UnitRequest request{.name = parts->unit(), .slice = parts->slice};
    if (is_slice(request.name)) {
      request.slice.clear();
      request.delegate = false;
    } else if (!pid) {
      return Error(Errc::invalid_argument, "apply() without a process: " + request.name + " cannot be without one");
    } else {
      request.pids = {*pid};
    }
    request.description = "crunc container " + parts->name;
    const auto limits = properties_of(config, complete(config.resources, {}, {}), unified);
    if (!limits) return limits.error();
    request.properties = basic_properties(unified);
    request.properties.insert(request.properties.end(), limits->begin(), limits->end());
    override_properties(request.properties, config.properties);
    return request;
  }
};

}  // namespace

std::unique_ptr<const ManagerDriver> make_systemd_driver() { return std::make_unique<const SystemdDriver>(); }

}  // namespace crunc::cgroups
