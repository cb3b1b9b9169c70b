// SPDX-License-Identifier: Apache-2.0
// Manager: each call in a few steps of what is beneath it.

#include <crunc/cgroups/manager.hpp>

#include "cgroups/manager_state.hpp"
#include "oci/merge.hpp"

namespace crunc::cgroups {
namespace {

bool is_absence(const Error& error) {
  return error.code == Errc::cgroup_not_found || error.code == Errc::cgroup_gone ||
         error.code == Errc::controller_unavailable;
}

/// The cgroup `sub` below one, in all of its hierarchies.
Result<Cgroup> load_below(const Hierarchy& hierarchy, const Cgroup& cgroup, std::string_view sub) {
  if (const auto path = CgroupPath().below(sub); !path) return path.error();
  if (!cgroup.exists()) return Error(Errc::cgroup_gone, cgroup.path().str());
  CgroupPaths paths = cgroup.paths();
  for (auto& [key, directory] : paths) directory += "/" + std::string(sub);
  auto below = Cgroup::load(hierarchy, paths);
  if (!below) return below.error();
  ControllerSet missing;
  ControllerSet::all().for_each([&](Controller controller) {
    const bool is_there = below->directory(controller) != nullptr;
    if (cgroup.directory(controller) != nullptr && !is_there) missing.add(controller);
  });
  if (missing.empty()) return below;
  return Error(Errc::cgroup_not_found, below->path().str() + " in the hierarchies of " + to_string(missing));
}

}  // namespace

Manager::Manager(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Manager::Manager(Manager&& other) noexcept = default;
Manager& Manager::operator=(Manager&& other) noexcept = default;
Manager::~Manager() = default;

Result<Manager> Manager::make(const Hierarchy& hierarchy, ManagerConfig config) {
  auto driver = driver_of(config);
  if (!driver) return driver.error();
  auto paths = (*driver)->paths(config, hierarchy);
  if (!paths) return paths.error();
  const bool has_devices = hierarchy.mode() == Mode::unified || hierarchy.has(Controller::devices);
  if (!has_devices && !config.conversion.skip_devices) {
    return Error(Errc::controller_unavailable, "devices, without which a cgroup guards nothing (see skip_devices)");
  }
  return Manager(std::make_unique<State>(State{hierarchy, std::move(config), std::move(*driver), *paths, *paths}));
}

Result<Manager> Manager::load(const Hierarchy& hierarchy, ManagerConfig config, CgroupPaths paths) {
  auto driver = driver_of(config);
  if (!driver) return driver.error();
  if (paths.empty()) return Error(Errc::invalid_argument, "no directories of a cgroup are given");
  auto state =
      std::make_unique<State>(State{hierarchy, std::move(config), std::move(*driver), paths, std::move(paths)});
  const auto found = state->take();
  if (!found && found.error().code != Errc::cgroup_not_found) return found.error();
  return Manager(std::move(state));
}

Result<void> Manager::apply(std::optional<pid_t> pid) {
  if (pid && *pid <= 0) return Error(Errc::invalid_argument, "pid " + std::to_string(*pid));
  const auto needed = state_->needed();
  if (!needed) return needed.error();
  if (const auto made = state_->make(*needed, pid); !made || !state_->held) return made;
  if (const auto written = state_->write_before_join(); !written || !state_->held) return written;
  return pid ? state_->join(*pid) : Result<void>();
}

ControllerSet Manager::left_out() const noexcept { return state_->left_out; }

Result<void> Manager::set(const oci::LinuxResources& resources) {
  if (resources == oci::LinuxResources{}) return {};
  auto merged = oci::merge(state_->config.resources, resources);
  if (!merged) return merged.error();
  if (const auto done = state_->put(resources); !done) return done.error();
  state_->config.resources = std::move(*merged);
  return {};
}

Result<void> Manager::add_process(std::string_view sub, pid_t pid) {
  const auto found = state_->find();
  if (!found) return found.error();
  std::optional<Cgroup> below{};
  if (!sub.empty()) {
    auto loaded = load_below(state_->hierarchy, **found, sub);
    if (!loaded) return loaded.error();
    below.emplace(std::move(*loaded));
  }
  if (const auto attached = state_->driver->attach(state_->config, sub, pid); !attached) return attached;
  return state_->join_below(below ? *below : **found, pid);
}

Result<std::vector<pid_t>> Manager::pids() const {
  const auto found = state_->find();
  if (!found) return found.error();
  return (*found)->processes();
}

Result<std::vector<pid_t>> Manager::all_pids() const {
  const auto found = state_->find();
  if (!found) return found.error();
  return (*found)->processes(Recursion::descendants);
}

Result<Sample> Manager::stats(StatMask mask) const {
  if (state_->paths.empty()) return Sample{.read_at = std::chrono::system_clock::now()};
  const auto found = state_->find();
  if (!found) return found.error();
  return read_stats(directories_of(**found), mask);
}

Result<void> Manager::freeze(FreezerState state) {
  if (state == FreezerState::freezing) return Error(Errc::invalid_argument, "freeze to the state \"freezing\"");
  const auto found = state_->find();
  if (!found) return found.error();
  return state == FreezerState::frozen ? (*found)->freeze() : (*found)->thaw();
}

Result<std::optional<FreezerState>> Manager::freezer_state() const {
  const auto found = state_->find();
  const auto state = found ? (*found)->state() : Result<FreezerState>(found.error());
  if (state) return std::optional(*state);
  if (is_absence(state.error())) return std::optional<FreezerState>();
  return state.error();
}

Result<std::optional<std::uint64_t>> Manager::oom_kill_count() const {
  const auto sample = stats(StatMask::memory_events);
  if (!sample) return sample.error();
  if (!sample->errors.empty()) return sample->errors.front().error;
  const SampleDetails& details = sample->details;
  if (details.memory_events) return details.memory_events->oom_kill;
  return details.oom_control ? details.oom_control->oom_kill : std::optional<std::uint64_t>();
}

Result<void> Manager::destroy() {
  const auto found = state_->take();
  if (!found && found.error().code == Errc::cgroup_not_found) return {};
  if (!found) return found.error();
  return state_->driver->remove(state_->config, **found);
}

bool Manager::exists() const {
  const auto found = state_->find();
  return found && (*found)->exists();
}

std::optional<std::string> Manager::path(Controller controller) const {
  const Hierarchy& hierarchy = state_->hierarchy;
  const bool is_v2 = hierarchy.mode() == Mode::unified || hierarchy.on_v2(controller);
  const auto found = state_->paths.find(is_v2 ? "" : std::string(to_string(controller, false)));
  return found == state_->paths.end() ? std::nullopt : std::optional(found->second);
}

const CgroupPaths& Manager::paths() const noexcept { return state_->paths; }
const ManagerConfig& Manager::config() const noexcept { return state_->config; }

Result<std::shared_ptr<const Cgroup>> Manager::cgroup() const {
  const auto found = state_->find();
  if (!found) return found.error();
  return std::shared_ptr<const Cgroup>(*found);
}

}  // namespace crunc::cgroups
