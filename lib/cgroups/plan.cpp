// SPDX-License-Identifier: Apache-2.0
// plan(): which controller's half does what, and in which order.

#include <algorithm>
#include <array>

#include <crunc/cgroups/plan.hpp>

#include "cgroups/directory.hpp"
#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

using Step = Result<void> (*)(Planner&);

/// A controller's part of the resources, and who plans it on which version.
struct Part {
  Controller controller;
  std::string_view field;
  bool (*asked)(const oci::LinuxResources&);
  Step v1;
  Step v2;
};

bool sets_cpuset(const oci::LinuxResources& r) {
  return r.cpu && (!r.cpu->cpus.value_or("").empty() || !r.cpu->mems.value_or("").empty());
}
bool sets_cpu(const oci::LinuxResources& r) {
  if (!r.cpu) return false;
  const oci::Cpu& cpu = *r.cpu;
  return cpu.shares.value_or(0) != 0 || cpu.quota.value_or(0) != 0 || cpu.period.value_or(0) != 0 || cpu.burst ||
         cpu.idle || cpu.realtime_period.value_or(0) != 0 || cpu.realtime_runtime.value_or(0) != 0;
}
bool sets_memory(const oci::LinuxResources& r) {
  if (!r.memory) return false;
  const oci::Memory& memory = *r.memory;
  return memory.limit.value_or(0) != 0 || memory.reservation.value_or(0) != 0 || memory.swap.value_or(0) != 0 ||
         memory.swappiness || memory.disable_oom_killer || memory.kernel.value_or(0) != 0 ||
         memory.kernel_tcp.value_or(0) != 0;
}
bool sets_io(const oci::LinuxResources& r) {
  if (!r.block_io) return false;
  const oci::BlockIo& io = *r.block_io;
  bool rates = false;
  for (const ThrottleList& kind : throttle_lists) rates = rates || !(io.*kind.list).empty();
  return rates || io.weight.value_or(0) != 0 || io.leaf_weight.value_or(0) != 0 || !io.weight_device.empty();
}
bool sets_pids(const oci::LinuxResources& r) { return r.pids && r.pids->limit; }
bool sets_hugetlb(const oci::LinuxResources& r) { return !r.hugepage_limits.empty(); }
bool sets_rdma(const oci::LinuxResources& r) { return !r.rdma.empty(); }

// v1: cpuset before all, since no process joins without it, then what must be there before a process joins.
constexpr Part v1_order[] = {
    {Controller::cpuset, "/cpu/cpus", sets_cpuset, v1::plan_cpuset, nullptr},
    {Controller::memory, "/memory", sets_memory, v1::plan_memory, nullptr},
    {Controller::cpu, "/cpu", sets_cpu, v1::plan_cpu, nullptr},
    {Controller::pids, "/pids/limit", sets_pids, plan_pids, nullptr},
    {Controller::io, "/blockIO", sets_io, v1::plan_io, nullptr},
    {Controller::hugetlb, "/hugepageLimits", sets_hugetlb, plan_hugetlb, nullptr},
    {Controller::rdma, "/rdma", sets_rdma, plan_rdma, nullptr},
};

constexpr Part v2_order[] = {
    {Controller::pids, "/pids/limit", sets_pids, nullptr, plan_pids},
    {Controller::memory, "/memory", sets_memory, nullptr, v2::plan_memory},
    {Controller::io, "/blockIO", sets_io, nullptr, v2::plan_io},
    {Controller::cpu, "/cpu", sets_cpu, nullptr, v2::plan_cpu},
    {Controller::cpuset, "/cpu/cpus", sets_cpuset, nullptr, v2::plan_cpuset},
    {Controller::hugetlb, "/hugepageLimits", sets_hugetlb, nullptr, plan_hugetlb},
    {Controller::rdma, "/rdma", sets_rdma, nullptr, plan_rdma},
};

Result<void> plan_parts(Planner& planner) {
  for (const Part& part : v1_order) {
    if (!part.asked(planner.resources)) continue;
    if (planner.placement.v1.contains(part.controller)) {
      if (Result<void> done = part.v1(planner); !done) return done;
    } else if (!planner.placement.v2.contains(part.controller)) {
      return field_error(Errc::controller_unavailable, part.field,
                         "cannot be set: the cgroup has no controller " +
                             std::string(to_string(part.controller, planner.placement.unified)));
    }
  }
  for (const Part& part : v2_order) {
    if (!part.asked(planner.resources) || planner.placement.v1.contains(part.controller)) continue;
    if (Result<void> done = part.v2(planner); !done) return done;
  }
  return {};
}

Result<void> plan_devices(Planner& planner) {
  if (planner.options.skip_devices || planner.resources.devices.empty()) return {};
  // Nobody may set devices within a user namespace; runc leaves them out, too.
  if (planner.current.in_user_namespace && planner.placement.v1.contains(Controller::devices)) return {};
  if (planner.placement.v1.contains(Controller::devices)) return v1::plan_devices(planner);
  if (planner.placement.unified) return v2::plan_devices(planner);
  return field_error(Errc::controller_unavailable, "/devices", "cannot be set: the cgroup has no controller devices");
}

Result<void> plan_network(Planner& planner) {
  if (!planner.resources.network) return {};
  // Where nothing is on v1 these controllers are no more; where they are only not mounted, what was asked for is lost.
  if (planner.placement.v1.empty()) return v2::plan_network(planner);
  return v1::plan_network(planner);
}

/// Whether `version` is `major.minor.patch` or newer; one that cannot be read is.
bool at_least(std::string_view version, std::array<unsigned, 3> wanted) {
  if (version.starts_with('v')) version.remove_prefix(1);
  for (const unsigned want : wanted) {
    const std::size_t digits = std::min(version.find_first_not_of("0123456789"), version.size());
    const auto number = core::parse_number<unsigned>(version.substr(0, digits));
    if (!number) return want == 0 || version.empty();
    if (*number != want) return *number > want;
    version.remove_prefix(digits);
    if (version.starts_with('.')) version.remove_prefix(1);
  }
  return true;
}

}  // namespace

Error field_error(Errc code, std::string_view field, std::string_view what) {
  return Error(code, std::string(field) + ": " + std::string(what));
}

bool is_kernel_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return is_component(name) && std::ranges::none_of(name, is_control);
}

std::string to_text(const Limit& limit) {
  return limit.unlimited() ? std::string("max") : std::to_string(limit.printed());
}

Result<std::string> device_number(std::int64_t major, std::int64_t minor, const std::string& field) {
  constexpr std::int64_t most = INT32_MAX;
  if (major < 0 || major > most) return field_error(Errc::invalid_argument, field + "/major", "is no device number");
  if (minor < 0 || minor > most) return field_error(Errc::invalid_argument, field + "/minor", "is no device number");
  return std::to_string(major) + ':' + std::to_string(minor);
}

Result<void> Planner::missing(std::string_view field, std::string_view why) const {
  if (options.on_missing == OnMissing::ignore) return {};
  return field_error(Errc::unsupported, field, why);
}

ConversionOptions conversion_options_of(std::string_view name, std::string_view version) {
  ConversionOptions options;
  if (name == "runc") {
    if (!at_least(version, {1, 3, 2})) options.cpu_weight = CpuWeightFormula::linear;
    if (!at_least(version, {1, 4, 0})) options.zero_pids = ZeroPids::keep;
  } else if (name == "crun") {
    if (!at_least(version, {1, 23, 0})) options.cpu_weight = CpuWeightFormula::linear;
    options.zero_pids = ZeroPids::keep;
    options.on_missing = OnMissing::error;
  }
  return options;
}

Result<Plan> plan(const oci::LinuxResources& resources, const Placement& placement, const ConversionOptions& options,
                  const CurrentLimits& current) {
  Planner planner{resources, placement, options, current};
  for (const Step step : {plan_devices, plan_parts, plan_network, v2::plan_unified}) {
    if (Result<void> done = step(planner); !done) return done.error();
  }
  return std::move(planner.plan);
}

}  // namespace crunc::cgroups
