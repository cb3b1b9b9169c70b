// SPDX-License-Identifier: Apache-2.0
// hugetlb of v2. Where there are files of reservations Stats has those: they come later and overwrite.
// @source kernel admin-guide/cgroup-v2.rst, HugeTLB

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

Parsed parse_current(std::string_view text, std::string_view page_size, Filling& into) {
  const auto usage = parse_count(text);
  if (!usage) return Parsed::malformed;
  into.hugetlb(page_size).usage_bytes = usage;
  into.hugetlb_use(page_size).usage_bytes = usage;
  return Parsed::good;
}

Parsed parse_reserved(std::string_view text, std::string_view page_size, Filling& into) {
  return parsed(store(into.hugetlb(page_size).usage_bytes, parse_count(text)));
}

Parsed parse_limit_file(std::string_view text, std::string_view page_size, Filling& into) {
  return parsed(store(into.hugetlb_use(page_size).limit_bytes, parse_limit(text)));
}

Parsed parse_events(std::string_view text, std::string_view page_size, Filling& into) {
  return parsed(each_flat(text, [&](std::string_view key, std::string_view value) {
    if (key != "max") return true;
    into.hugetlb_use(page_size).failcnt = parse_count(value);
    return store(into.hugetlb(page_size).failcnt, parse_count(value));
  }));
}

constexpr StatFile hugetlb[] = {
    {".current", StatMask::hugetlb, parse_current, 0, true},
    {".max", StatMask::hugetlb, parse_limit_file, 0, true},
    {".events", StatMask::hugetlb, parse_events, 0, true},
    {".rsvd.current", StatMask::hugetlb, parse_reserved, 0, true},
};

}  // namespace

std::span<const StatFile> hugetlb_files() noexcept { return hugetlb; }

}  // namespace crunc::cgroups::v2
