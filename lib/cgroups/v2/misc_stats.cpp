// SPDX-License-Identifier: Apache-2.0
// misc: "sev 3" in use, "sev.max 1" times at the limit. @source kernel admin-guide/cgroup-v2.rst, Misc

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

Parsed parse_current(std::string_view text, std::string_view, Filling& into) {
  return parsed(each_flat(text, [&](std::string_view key, std::string_view value) {
    const auto usage = parse_count(value);
    if (usage) into.misc(key).usage = usage;
    return usage.has_value();
  }));
}

Parsed parse_events(std::string_view text, std::string_view, Filling& into) {
  constexpr std::string_view suffix = ".max";
  return parsed(each_flat(text, [&](std::string_view key, std::string_view value) {
    const auto events = parse_count(value);
    if (events && key.ends_with(suffix)) into.misc(key.substr(0, key.size() - suffix.size())).events = events;
    return events.has_value();
  }));
}

constexpr StatFile misc[] = {
    {"misc.current", StatMask::misc, parse_current},
    {"misc.events", StatMask::misc, parse_events},
};

}  // namespace

std::span<const StatFile> misc_files() noexcept { return misc; }

}  // namespace crunc::cgroups::v2
