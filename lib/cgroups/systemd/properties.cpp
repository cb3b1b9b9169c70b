// SPDX-License-Identifier: Apache-2.0
// to_systemd(): which property each limit is. What is right and wrong is plan()'s matter.

#include <algorithm>

#include "cgroups/planner.hpp"
#include "cgroups/systemd/property_list.hpp"

namespace crunc::cgroups {
namespace systemd {
namespace {

/// A limit of which -1 is none.
std::uint64_t limit_value(std::int64_t limit) {
  return limit < 0 ? no_property_limit : static_cast<std::uint64_t>(limit);
}

Result<void> check(const oci::LinuxResources& resources, const Target& target) {
  if (target.unified) {
    const Result<Plan> planned = plan(resources, Placement::pure_v2(), target.options);
    return planned ? Result<void>() : planned.error();
  }
  // Of the unified map on a hybrid machine only plan() knows, with the machine's own placement, what has a place.
  oci::LinuxResources without = resources;
  without.unified.clear();
  const Result<Plan> planned = plan(without, Placement::legacy(), target.options);
  return planned ? Result<void>() : planned.error();
}

Result<void> add_memory(PropertyList& list, const Target& target, const oci::Memory& memory) {
  const std::int64_t limit = memory.limit.value_or(0);
  const std::int64_t low = memory.reservation.value_or(0);
  if (!target.unified) {
    if (limit != 0) list.put("MemoryLimit", limit_value(limit), "/memory/limit");
    return {};
  }
  const Result<std::optional<Limit>> swap = swap_max(limit, memory.swap.value_or(0));
  if (!swap) return swap.error();
  if (limit != 0) list.put("MemoryMax", limit_value(limit), "/memory/limit");
  if (low != 0) list.put("MemoryLow", limit_value(low), "/memory/reservation");
  if (*swap && target.version >= 232) {
    list.put("MemorySwapMax", (*swap)->number().value_or(no_property_limit),
             memory.swap.value_or(0) != 0 ? "/memory/swap" : "/memory/limit");
  }
  return {};
}

void add_weight(PropertyList& list, const Target& target, const oci::Cpu& cpu) {
  const std::uint64_t shares = cpu.shares.value_or(0);
  if (cpu.idle.value_or(0) == 1) {
    // Idle tasks have no weight beside it. To v1 systemd hands no idle on.
    if (target.unified && target.version >= 252) list.put("CPUWeight", std::uint64_t{0}, "/cpu/idle");
  } else if (shares != 0 && target.unified) {
    list.put("CPUWeight", cpu_weight_from_shares(shares, target.options.cpu_weight), "/cpu/shares");
  } else if (shares != 0) {
    list.put("CPUShares", shares, "/cpu/shares");
  }
}

Result<void> add_numbers(PropertyList& list, const Target& target, const char* name,
                         const std::optional<std::string>& numbers, const char* field) {
  if (numbers.value_or("").empty()) return {};
  std::optional<std::vector<std::uint8_t>> mask = number_mask(*numbers);
  if (!mask) return field_error(Errc::invalid_argument, field, "is no list such as 0-3,7");
  if (target.version >= 244) list.put(name, std::move(*mask), field);
  return {};
}

Result<void> add_cpu(PropertyList& list, const Target& target, const oci::Cpu& cpu) {
  add_weight(list, target, cpu);
  add_quota(list, target, cpu.quota.value_or(0), cpu.period.value_or(0), "/cpu/quota", "/cpu/period");
  if (Result<void> done = add_numbers(list, target, "AllowedCPUs", cpu.cpus, "/cpu/cpus"); !done) return done;
  return add_numbers(list, target, "AllowedMemoryNodes", cpu.mems, "/cpu/mems");
}

void add_io(PropertyList& list, const Target& target, const oci::BlockIo& io) {
  const std::uint16_t weight = io.weight.value_or(0);
  if (weight == 0) return;
  if (target.unified) {
    list.put("IOWeight", io_weight_from_blkio(weight), "/blockIO/weight");
  } else {
    list.put("BlockIOWeight", std::uint64_t{weight}, "/blockIO/weight");
  }
}

void add_pids(PropertyList& list, const Target& target, const oci::Pids& pids) {
  if (!pids.limit || (*pids.limit == 0 && target.options.zero_pids == ZeroPids::keep)) return;
  list.put("TasksMax", std::max<std::uint64_t>(limit_value(*pids.limit), 1), "/pids/limit");
}

}  // namespace

void PropertyList::put(std::string name, PropertyValue value, std::string field) {
  UnitProperty property{
      .name = std::move(name), .value = std::move(value), .field = std::move(field), .is_optional = true};
  const auto same = std::ranges::find(properties_, property.name, &UnitProperty::name);
  if (same == properties_.end()) {
    properties_.push_back(std::move(property));
  } else {
    *same = std::move(property);
  }
}

}  // namespace systemd

Result<std::vector<UnitProperty>> to_systemd(const oci::LinuxResources& resources, bool unified, unsigned version,
                                             const ConversionOptions& options) {
  const systemd::Target target{unified, version, options};
  systemd::PropertyList list;
  if (Result<void> done = systemd::check(resources, target); !done) return done.error();
  if (Result<void> done = systemd::add_devices(list, target, resources); !done) return done.error();
  if (resources.memory) {
    if (Result<void> done = systemd::add_memory(list, target, *resources.memory); !done) return done.error();
  }
  if (resources.cpu) {
    if (Result<void> done = systemd::add_cpu(list, target, *resources.cpu); !done) return done.error();
  }
  if (resources.block_io) systemd::add_io(list, target, *resources.block_io);
  if (resources.pids) systemd::add_pids(list, target, *resources.pids);
  if (Result<void> done = systemd::add_unified(list, target, resources); !done) return done.error();
  return std::move(list).take();
}

}  // namespace crunc::cgroups
