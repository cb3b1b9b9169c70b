// SPDX-License-Identifier: Apache-2.0
// hugetlb, whose files differ by name only. A page size becomes part of a file's name, so it must be one.

#include <algorithm>

#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

/// Whether it has the form that the kernel gives sizes: "64KB", "2MB", "1GB".
bool is_page_size(std::string_view text) {
  if (text.size() < 3) return false;
  const std::string_view unit = text.substr(text.size() - 2);
  text.remove_suffix(2);
  const auto number = core::parse_number<std::uint64_t>(text);
  return number && *number != 0 && !text.starts_with('0') && (unit == "KB" || unit == "MB" || unit == "GB");
}

Result<void> check_page_size(const std::string& size, const std::string& field, const CurrentLimits& current) {
  const auto wrong = [&](const std::string& what) {
    return field_error(Errc::invalid_argument, field + "/pageSize", core::excerpt(size) + what);
  };
  if (!is_page_size(size)) return wrong(" is no size of pages such as 2MB");
  if (!current.hugepage_sizes || std::ranges::count(*current.hugepage_sizes, size) != 0) return {};
  std::string there;
  for (const std::string& one : *current.hugepage_sizes) there += (there.empty() ? "" : ", ") + one;
  return wrong(" is no size of huge pages of this kernel, which has " + (there.empty() ? "none" : there));
}

}  // namespace

Result<void> plan_hugetlb(Planner& planner) {
  const bool on_v1 = planner.placement.v1.contains(Controller::hugetlb);
  const std::string_view file = on_v1 ? "limit_in_bytes" : "max";
  const auto& limits = planner.resources.hugepage_limits;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string field = "/hugepageLimits/" + std::to_string(i);
    if (Result<void> done = check_page_size(limits[i].page_size, field, planner.current); !done) return done;
    const std::string stem = "hugetlb." + limits[i].page_size + '.';
    const std::string value = std::to_string(limits[i].limit);
    planner.add({.controller = Controller::hugetlb,
                 .file = stem + std::string(file),
                 .value = value,
                 .field = field + "/limit"});
    // Reservations are counted since Linux 5.7.
    planner.add({.controller = Controller::hugetlb,
                 .file = stem + "rsvd." + std::string(file),
                 .value = value,
                 .field = field + "/limit",
                 .on_failure = {.ignore_missing = true}});
  }
  return {};
}

}  // namespace crunc::cgroups
