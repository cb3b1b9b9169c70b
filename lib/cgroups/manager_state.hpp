// SPDX-License-Identifier: Apache-2.0
// Behind Manager: what it knows, and the rules of rootless.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <crunc/cgroups/update.hpp>

#include "cgroups/held.hpp"
#include "cgroups/manager_driver.hpp"

namespace crunc::cgroups {

struct __attribute__((visibility("hidden"))) Manager::State {
  Hierarchy hierarchy;
  ManagerConfig config;
  std::unique_ptr<const ManagerDriver> driver;
  CgroupPaths all_paths;  ///< with those that were left out
  CgroupPaths paths;
  std::shared_ptr<Cgroup> held{};
  ControllerSet left_out{};

  /// The cgroup that is held, or the one that is there.
  [[nodiscard]] Result<std::shared_ptr<Cgroup>> find() const;
  /// The same, held from now on.
  [[nodiscard]] Result<std::shared_ptr<Cgroup>> take();

  /// The controllers that the resources ask for.
  [[nodiscard]] Result<ControllerSet> needed() const;
  /// Make the cgroup, with what may be left out left out. Nothing is held when that was everything.
  [[nodiscard]] Result<void> make(ControllerSet needed, std::optional<pid_t> pid);
  [[nodiscard]] Result<void> write_before_join();
  [[nodiscard]] Result<void> join(pid_t pid);
  /// Let a process join a cgroup below the one that is held.
  [[nodiscard]] Result<void> join_below(Cgroup& below, pid_t pid) const;
  [[nodiscard]] Result<void> put(const oci::LinuxResources& resources);

 private:
  [[nodiscard]] std::string key_of(Controller controller) const;
  [[nodiscard]] bool may_leave_out(const Error& error) const;
  [[nodiscard]] CreateOptions create_options(ControllerSet needed) const;
  void hold(Cgroup cgroup);
  [[nodiscard]] Result<void> put_in(Cgroup& cgroup, const oci::LinuxResources& resources) const;
  [[nodiscard]] Result<void> leave_out_all(ControllerSet needed, Error why);
  [[nodiscard]] Result<void> leave_out_some(ControllerSet denied);
  /// The options for all that is not devices, which rootless are tried on their own first.
  [[nodiscard]] Result<ConversionOptions> after_devices(Cgroup& cgroup, const oci::LinuxResources& resources) const;

  /// Do something for all controllers of a cgroup; where that is denied, and may be, for each on its own. Returns those
  /// for which it was denied.
  template <class Do>
  [[nodiscard]] Result<ControllerSet> try_each(const Cgroup& cgroup, Do&& what) const {
    const Result<void> all = what(ControllerSet::all());
    if (all) return ControllerSet();
    if (!may_leave_out(all.error()) || hierarchy.mode() == Mode::unified) return all.error();
    ControllerSet denied;
    std::optional<Error> failure;
    cgroup.controllers().for_each([&](Controller controller) {
      const Result<void> one = what(ControllerSet{controller});
      if (one) return;
      if (may_leave_out(one.error())) {
        denied.add(controller);
      } else if (!failure) {
        failure = one.error();
      }
    });
    if (failure) return *failure;
    return denied;
  }
};

}  // namespace crunc::cgroups
