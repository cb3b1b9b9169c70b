// SPDX-License-Identifier: Apache-2.0
// How a Manager makes, joins and limits its cgroup, and what it does without where it lacks permission.
// @source opencontainers/cgroups fs/fs.go, fs2/fs2.go: Apply, Set, isIgnorableError

#include "cgroups/manager_state.hpp"

#include <algorithm>

namespace crunc::cgroups {
namespace {

/// Where the controllers of a cgroup would be that had all of a hierarchy.
Placement placement_in(const Hierarchy& hierarchy) {
  Placement placement{.unified = hierarchy.unified_fd() >= 0};
  hierarchy.controllers().for_each(
      [&](Controller controller) { (hierarchy.on_v2(controller) ? placement.v2 : placement.v1).add(controller); });
  return placement;
}

}  // namespace

Result<std::shared_ptr<Cgroup>> Manager::State::find() const {
  if (held) return held;
  if (paths.empty()) return Error(Errc::cgroup_not_found, "it could not be made for want of permission");
  auto loaded = Cgroup::load(hierarchy, paths);
  if (!loaded) return loaded.error();
  return std::make_shared<Cgroup>(std::move(*loaded));
}

Result<std::shared_ptr<Cgroup>> Manager::State::take() {
  auto found = find();
  if (found) held = *found;
  return found;
}

std::string Manager::State::key_of(Controller controller) const {
  return hierarchy.on_v2(controller) ? "" : std::string(to_string(controller, false));
}

bool Manager::State::may_leave_out(const Error& error) const {
  return config.rootless && config.path.empty() && is_denied(error.system);
}

Result<ControllerSet> Manager::State::needed() const {
  ConversionOptions options = config.conversion;
  options.skip_devices = true;
  const Result<Plan> made = plan(config.resources, placement_in(hierarchy), options);
  if (!made) return made.error();
  ControllerSet result;
  for (const FileWrite& write : made->writes) {
    if (write.controller) result.add(*write.controller);
  }
  return result;
}

CreateOptions Manager::State::create_options(ControllerSet needed) const {
  CreateOptions options{.delegate_to = config.owner_uid};
  if (config.rootless && config.path.empty()) return options;
  options.required = needed;
  hierarchy.controllers().for_each([&](Controller controller) {
    if (!hierarchy.on_v2(controller) && all_paths.contains(key_of(controller))) options.required.add(controller);
  });
  return options;
}

Result<void> Manager::State::make(ControllerSet needed, std::optional<pid_t> pid) {
  auto made = driver->make(config, hierarchy, all_paths, create_options(needed), pid);
  if (made) {
    hold(std::move(*made));
    return {};
  }
  if (may_leave_out(made.error())) return leave_out_all(needed, made.error());
  return made.error();
}

void Manager::State::hold(Cgroup cgroup) {
  held = std::make_shared<Cgroup>(std::move(cgroup));
  paths = held->paths();
  left_out = {};
  if (!config.rootless) return;
  hierarchy.controllers().for_each([&](Controller controller) {
    if (all_paths.contains(key_of(controller)) && held->directory(controller) == nullptr) left_out.add(controller);
  });
}

Result<void> Manager::State::leave_out_all(ControllerSet needed, Error why) {
  if (hierarchy.mode() == Mode::unified && !needed.empty()) {
    why.reason += ": without a cgroup there are no limits of " + to_string(needed);
    return why;
  }
  held.reset();
  paths.clear();
  left_out = hierarchy.controllers();
  return {};
}

Result<void> Manager::State::leave_out_some(ControllerSet denied) {
  if (denied.empty()) return {};
  CgroupPaths rest = paths;
  held->controllers().for_each([&](Controller controller) {
    bool is_beside = false;  // in the directory of one that is denied
    denied.for_each([&](Controller other) {
      is_beside = is_beside || held->directory_fd(controller) == held->directory_fd(other);
    });
    if (is_beside) rest.erase(key_of(controller));
  });
  if (rest.empty()) return leave_out_all({}, Error());
  auto loaded = Cgroup::load(hierarchy, rest);
  if (!loaded) return loaded.error();
  hold(std::move(*loaded));
  return {};
}

Result<ConversionOptions> Manager::State::after_devices(Cgroup& cgroup, const oci::LinuxResources& resources) const {
  ConversionOptions options = config.conversion;
  if (!config.rootless || options.skip_devices || resources.devices.empty()) return options;
  const Result<void> done = update(cgroup, {.devices = resources.devices}, options);
  const bool is_failure = !done && !is_denied(done.error().system) && done.error().code != Errc::controller_unavailable;
  if (is_failure) return done.error();
  options.skip_devices = true;
  return options;
}

Result<void> Manager::State::write_before_join() {
  const auto options = after_devices(*held, config.resources);
  if (!options) return options.error();
  const auto current = read_current_limits(*held, config.resources);
  if (!current) return current.error();
  // Of those that were left out, too: it is for set() to complain.
  const auto made = plan(config.resources, placement_in(hierarchy), *options, *current);
  if (!made) return made.error();
  const auto denied = try_each(*held, [&](ControllerSet only) {
    Plan part = *made;
    std::erase_if(part.writes, [&](const FileWrite& write) {
      return write.controller && !(only - left_out).contains(*write.controller);
    });
    return cgroups::apply(part, *held, PlanPart::before_join);
  });
  if (!denied) return denied.error();
  return leave_out_some(*denied);
}

Result<void> Manager::State::join(pid_t pid) {
  const auto denied = try_each(*held, [&](ControllerSet only) { return held->add_process(pid, only); });
  if (!denied) return denied.error();
  if (denied->empty()) return {};
  if (const auto done = leave_out_some(*denied); !done || !held) return done;
  return held->add_process(pid);  // the hierarchies without controllers are joined with all only
}

Result<void> Manager::State::join_below(Cgroup& below, pid_t pid) const {
  const auto denied = try_each(below, [&](ControllerSet only) { return below.add_process(pid, only); });
  if (!denied) return denied.error();
  return {};
}

Result<void> Manager::State::put_in(Cgroup& cgroup, const oci::LinuxResources& resources) const {
  const auto for_files = driver->set(config, cgroup, resources);
  if (!for_files) return for_files.error();
  const auto options = after_devices(cgroup, *for_files);
  if (!options) return options.error();
  return update(cgroup, *for_files, *options);
}

Result<void> Manager::State::put(const oci::LinuxResources& resources) {
  const auto found = take();
  if (!found && !paths.empty()) return found.error();
  Result<void> done{};
  if (found) {
    done = put_in(**found, resources);
  } else {
    ConversionOptions options = config.conversion;
    options.skip_devices = true;
    if (const auto made = plan(resources, Placement(), options); !made) done = made.error();
  }
  if (done || done.error().code != Errc::controller_unavailable || left_out.empty()) return done;
  Error error = done.error();
  error.reason += " (left out for want of permission: " + to_string(left_out) + ")";
  return error;
}

}  // namespace crunc::cgroups
