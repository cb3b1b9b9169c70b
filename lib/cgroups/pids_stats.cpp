// SPDX-License-Identifier: Apache-2.0
// pids, the same on v1 and v2; without the controller v2's own lists of processes are counted.

#include <algorithm>

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups {
namespace {

Parsed parse_limit_file(std::string_view text, std::string_view, Filling& into) {
  const auto limit = parse_limit(text);
  if (!limit) return Parsed::malformed;
  into.pids().limit = *limit;
  return Parsed::good;
}

Parsed count_lines(std::string_view text, std::string_view, Filling& into) {
  into.pids().current = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  return Parsed::good;
}

constexpr auto current = parse_single<&Filling::pids, &PidsStats::current>;

// The limit last: without the controller it is absent, and the count alone is there.
constexpr StatFile pids_v1[] = {
    {"pids.current", StatMask::pids, current},
    {"pids.max", StatMask::pids_limit, parse_limit_file},
};

constexpr StatFile pids_v2[] = {
    {"pids.current", StatMask::pids, current, 1},
    {"cgroup.procs", StatMask::pids, count_lines, 2, false, true},
    {"cgroup.threads", StatMask::pids, count_lines, 3, false, true},  // the former gives ENOTSUP in a threaded cgroup
    {"pids.max", StatMask::pids_limit, parse_limit_file},
};

}  // namespace

std::span<const StatFile> v1::pids_files() noexcept { return pids_v1; }
std::span<const StatFile> v2::pids_files() noexcept { return pids_v2; }

}  // namespace crunc::cgroups
