// SPDX-License-Identifier: Apache-2.0
// The files of v2 that are properties, too. All others are plan()'s alone.

#include <algorithm>
#include <limits>

#include "cgroups/parse.hpp"
#include "cgroups/planner.hpp"
#include "cgroups/systemd/property_list.hpp"
#include "core/text.hpp"

namespace crunc::cgroups::systemd {
namespace {

/// The value of a property; nothing for what is no value of the file.
using Read = std::optional<PropertyValue> (*)(std::string_view text);

/// A number of bytes as the kernel takes it, with a K, M, G, T, P or E behind it.
/// @source kernel lib/cmdline.c memparse()
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view units = "KMGTPE";
  unsigned shift = 0;
  if (!text.empty()) {
    const char last = text.back() >= 'a' ? static_cast<char>(text.back() - 'a' + 'A') : text.back();
    if (const std::size_t unit = units.find(last); unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  const auto number = core::parse_number<std::uint64_t>(text);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
}

std::optional<PropertyValue> read_bytes(std::string_view text) {
  if (text == "max") return no_property_limit;
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional<PropertyValue>(*bytes) : std::nullopt;
}

/// Of limits for which systemd takes no 0. A byte is no page to the kernel.
std::optional<PropertyValue> read_some_bytes(std::string_view text) {
  if (text == "max") return no_property_limit;
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional<PropertyValue>(std::max<std::uint64_t>(*bytes, 1)) : std::nullopt;
}

/// Of 0 systemd takes none, either; one task is what a runtime makes of it.
std::optional<PropertyValue> read_tasks(std::string_view text) {
  const std::optional<Limit> limit = parse_limit(text);
  if (!limit) return std::nullopt;
  return std::max<std::uint64_t>(limit->number().value_or(no_property_limit), 1);
}

std::optional<PropertyValue> read_weight(std::string_view text) {
  const auto weight = core::parse_number<std::uint64_t>(text);
  if (!weight || *weight < 1 || *weight > 10000) return std::nullopt;
  return *weight;
}

std::optional<PropertyValue> read_numbers(std::string_view text) {
  auto mask = number_mask(text);
  return mask ? std::optional<PropertyValue>(std::move(*mask)) : std::nullopt;
}

std::optional<PropertyValue> read_oom_group(std::string_view text) {
  if (text == "0") return std::string("continue");
  if (text == "1") return std::string("kill");
  return std::nullopt;
}

struct File {
  std::string_view name;
  std::string_view property;
  unsigned since;  ///< the version of systemd
  Read read;
  std::string_view complaint;
};

constexpr std::string_view no_bytes = "is neither a number of bytes nor max";
constexpr std::string_view no_list = "is no list such as 0-3,7";

constexpr File files[] = {
    {"cpu.weight", "CPUWeight", 0, read_weight, "is beyond 1 to 10000"},
    {"cpuset.cpus", "AllowedCPUs", 244, read_numbers, no_list},
    {"cpuset.mems", "AllowedMemoryNodes", 244, read_numbers, no_list},
    {"memory.high", "MemoryHigh", 0, read_some_bytes, no_bytes},
    {"memory.low", "MemoryLow", 0, read_bytes, no_bytes},
    {"memory.max", "MemoryMax", 0, read_some_bytes, no_bytes},
    {"memory.min", "MemoryMin", 240, read_bytes, no_bytes},
    // Of scopes since 253, and in Debian's 252. It cannot be changed later, nor set of a slice.
    {"memory.oom.group", "OOMPolicy", 252, read_oom_group, "is neither 0 nor 1"},
    {"memory.swap.max", "MemorySwapMax", 232, read_bytes, no_bytes},
    {"memory.zswap.max", "MemoryZSwapMax", 253, read_bytes, no_bytes},
    {"pids.max", "TasksMax", 0, read_tasks, "is neither a number nor max"},
};

using Unified = std::map<std::string, std::string>;

/// The value of a file, empty if it is not there. The kernel passes over the white space around it.
std::string_view value_of(const Unified& unified, const char* name) {
  const auto found = unified.find(name);
  return found == unified.end() ? std::string_view() : core::trim(found->second);
}

Result<void> add_file(PropertyList& list, const Target& target, const File& file, const std::string& text) {
  const std::string field = "/unified/" + std::string(file.name);
  std::optional<PropertyValue> value = file.read(core::trim(text));
  if (!value) return field_error(Errc::invalid_argument, field, file.complaint);
  if (target.version >= file.since) list.put(std::string(file.property), std::move(*value), field);
  return {};
}

/// "max", "5000", "5000 10000" or "max 10000"
Result<void> add_max(PropertyList& list, const Target& target, std::string_view text) {
  const std::string field = "/unified/cpu.max";
  const std::string_view first = take_word(text);
  const std::string_view second = take_word(text);
  const auto quota = first == "max" ? -1 : core::parse_number<std::int64_t>(first);
  const auto period = second.empty() ? 0 : core::parse_number<std::uint64_t>(second);
  const bool is_quota = quota && (*quota >= 1000 || first == "max");
  const bool is_period = period && (second.empty() || (*period >= 1000 && *period <= 1000000));
  if (!is_quota || !is_period || !take_word(text).empty()) {
    return field_error(Errc::invalid_argument, field,
                       "is no quota, max or at least 1000 us, and period, 1000 to 1000000 us");
  }
  add_quota(list, target, *quota, *period, field, field);
  return {};
}

Result<void> add_idle(PropertyList& list, const Target& target, std::string_view text) {
  const std::string field = "/unified/cpu.idle";
  if (text != "0" && text != "1") return field_error(Errc::invalid_argument, field, "is neither 0 nor 1");
  if (text == "1" && target.version >= 252) list.put("CPUWeight", std::uint64_t{0}, field);
  return {};
}

}  // namespace

Result<void> add_unified(PropertyList& list, const Target& target, const oci::LinuxResources& resources) {
  const Unified& unified = resources.unified;
  for (const auto& [name, text] : unified) {
    const bool is_max = name == "cpu.max";
    const bool is_idle = name == "cpu.idle";
    const auto* const file = std::ranges::find(files, name, &File::name);
    const bool is_file = file != std::end(files);
    if (!is_max && !is_idle && !is_file) continue;
    if (!target.unified) return field_error(Errc::unsupported, "/unified/" + name, "is not in cgroup v1");
    // A weight beside idle is refused by the kernel, as plan()'s writes will tell.
    if (name == "cpu.weight" && value_of(unified, "cpu.idle") == "1") continue;
    if (Result<void> done = is_max    ? add_max(list, target, core::trim(text))
                            : is_idle ? add_idle(list, target, core::trim(text))
                                      : add_file(list, target, *file, text);
        !done) {
      return done;
    }
  }
  return {};
}

}  // namespace crunc::cgroups::systemd
