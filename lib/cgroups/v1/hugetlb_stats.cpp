// SPDX-License-Identifier: Apache-2.0
// hugetlb of v1. Where there are files of reservations Stats has those: they come later and overwrite.
// @source kernel cgroup-v1/hugetlb.rst; libcontainer prefers `rsvd` likewise

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v1 {
namespace {

template <auto Member>
Parsed parse_reserved(std::string_view text, std::string_view page_size, Filling& into) {
  return parsed(store(into.hugetlb(page_size).*Member, parse_count(text)));
}

template <auto Member, auto UseMember>
Parsed parse_both(std::string_view text, std::string_view page_size, Filling& into) {
  const Parsed result = parse_reserved<Member>(text, page_size, into);
  if (result == Parsed::good) into.hugetlb_use(page_size).*UseMember = into.hugetlb(page_size).*Member;
  return result;
}

Parsed parse_limit_file(std::string_view text, std::string_view page_size, Filling& into) {
  return parsed(store(into.hugetlb_use(page_size).limit_bytes, parse_count(text)));
}

using H = HugetlbEntry;
using U = HugetlbUse;
constexpr StatFile hugetlb[] = {
    {".usage_in_bytes", StatMask::hugetlb, parse_both<&H::usage_bytes, &U::usage_bytes>, 0, true},
    {".max_usage_in_bytes", StatMask::hugetlb, parse_both<&H::max_bytes, &U::max_bytes>, 0, true},
    {".failcnt", StatMask::hugetlb, parse_both<&H::failcnt, &U::failcnt>, 0, true},
    {".limit_in_bytes", StatMask::hugetlb, parse_limit_file, 0, true},
    {".rsvd.usage_in_bytes", StatMask::hugetlb, parse_reserved<&H::usage_bytes>, 0, true},
    {".rsvd.max_usage_in_bytes", StatMask::hugetlb, parse_reserved<&H::max_bytes>, 0, true},
    {".rsvd.failcnt", StatMask::hugetlb, parse_reserved<&H::failcnt>, 0, true},
};

}  // namespace

std::span<const StatFile> hugetlb_files() noexcept { return hugetlb; }

}  // namespace crunc::cgroups::v1
