// SPDX-License-Identifier: Apache-2.0
// What is in force before a plan is made.

#include <array>

#include "cgroups/plan_apply.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

class CurrentReader {
 public:
  CurrentReader(const oci::LinuxResources& resources, const Placement& placement, const ControllerFiles& files) noexcept
      : resources_(&resources), placement_(&placement), files_(&files) {}

  Result<CurrentLimits> read() {
    if (resources_->memory) read_memory();
    if (resources_->cpu) read_cpu();
    if (resources_->block_io) read_io();
    if (!resources_->hugepage_limits.empty()) limits_.hugepage_sizes = files_->hugepage_sizes();
    if (!resources_->devices.empty()) {
      limits_.in_user_namespace = files_->in_user_namespace();
      if (Result<void> done = read_devices(); !done) return done.error();
    }
    if (gone_) return std::move(*gone_);
    return std::move(limits_);
  }

 private:
  [[nodiscard]] bool on_v1(Controller controller) const { return placement_->v1.contains(controller); }

  std::optional<std::string> text(Controller controller, const char* file) {
    Result<std::string> read = files_->read(controller, file);
    if (read) return std::string(core::trim(*read));
    if (read.error().code == Errc::cgroup_gone && !gone_) gone_ = read.error();
    return std::nullopt;
  }
  std::optional<std::uint64_t> number(Controller controller, const char* file) {
    const auto read = text(controller, file);
    return read ? core::parse_number<std::uint64_t>(*read) : std::nullopt;
  }
  std::optional<Limit> limit(Controller controller, const char* file) {
    const auto read = text(controller, file);
    return read ? to_limit(*read) : std::nullopt;
  }
  static std::optional<Limit> to_limit(std::string_view text) {
    if (text == "max" || text == "-1") return Limit();
    const auto number = core::parse_number<std::uint64_t>(text);
    return number ? std::optional(Limit(*number)) : std::nullopt;
  }

  void read_memory() {
    if (on_v1(Controller::memory)) {
      limits_.memory_limit = limit(Controller::memory, "memory.limit_in_bytes");
      limits_.memory_swap_limit = limit(Controller::memory, "memory.memsw.limit_in_bytes");
      return;
    }
    limits_.memory_limit = limit(Controller::memory, "memory.max");
    if (!resources_->memory->check_before_update.value_or(false)) return;
    limits_.memory_usage_bytes = number(Controller::memory, "memory.current");
    limits_.swap_usage_bytes = number(Controller::memory, "memory.swap.current");
  }

  void read_cpu() {
    limits_.cpuset_without_prefix = on_v1(Controller::cpuset) && files_->has(Controller::cpuset, "cpus");
    if (const auto idle = number(Controller::cpu, "cpu.idle")) limits_.cpu_idle = *idle == 1;
    if (on_v1(Controller::cpu)) {
      limits_.cpu_quota_us = limit(Controller::cpu, "cpu.cfs_quota_us");
      limits_.cpu_period_us = number(Controller::cpu, "cpu.cfs_period_us");
      limits_.cpu_burst_us = number(Controller::cpu, "cpu.cfs_burst_us");
      return;
    }
    limits_.cpu_burst_us = number(Controller::cpu, "cpu.max.burst");
    const auto both = text(Controller::cpu, "cpu.max");
    if (!both) return;
    const std::size_t space = both->find(' ');
    limits_.cpu_quota_us = to_limit(std::string_view(*both).substr(0, space));
    if (space == std::string::npos) return;
    limits_.cpu_period_us = core::parse_number<std::uint64_t>(std::string_view(*both).substr(space + 1));
  }

  void read_io() {
    const bool v1 = on_v1(Controller::io);
    for (const char* file :
         v1 ? std::array{"blkio.weight", "blkio.bfq.weight"} : std::array{"io.bfq.weight", "io.weight"}) {
      if (!files_->has(Controller::io, file)) continue;
      limits_.io_weight_file = file;
      return;
    }
  }

  Result<void> read_devices() {
    if (!on_v1(Controller::devices)) return {};
    const auto list = text(Controller::devices, "devices.list");
    if (!list) return {};
    Result<DeviceRules> rules = DeviceRules::parse(*list);
    if (!rules) return rules.error();
    limits_.devices = std::move(*rules);
    return {};
  }

  const oci::LinuxResources* resources_;
  const Placement* placement_;
  const ControllerFiles* files_;
  CurrentLimits limits_{};
  std::optional<Error> gone_{};
};

}  // namespace

Result<CurrentLimits> read_current_limits(const oci::LinuxResources& resources, const Placement& placement,
                                          const ControllerFiles& files) {
  return CurrentReader(resources, placement, files).read();
}

}  // namespace crunc::cgroups
