// SPDX-License-Identifier: Apache-2.0
// Names of pods' cgroups. @source cri-o internal/config/cgmgr/{cgroupfs,systemd}_linux.go

#include "cgroups/pods/names.hpp"

#include <algorithm>
#include <limits>

#include "core/text.hpp"

namespace crunc::cgroups::pods {
namespace {

Error invalid(std::string_view what, std::string_view text, std::string_view why) {
  return Error(Errc::invalid_argument, std::string(what) + " " + core::excerpt(text) + " " + std::string(why));
}

Error bad_parent(std::string_view parent, std::string_view why) { return invalid("pod's parent", parent, why); }

std::string_view without_final_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string from_root(std::string_view path) { return (path.starts_with('/') ? "" : "/") + std::string(path); }

/// The last component.
std::string_view base_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<void> check_part(std::string_view what, std::string_view part) {
  if (part.find_first_of("/:") != std::string_view::npos) return invalid(what, part, "has a '/' or ':'");
  if (is_slice(part)) return invalid(what, part, "ends in \".slice\", as a slice of systemd");
  if (const auto path = CgroupPath().child(part); !path) return invalid(what, part, "is no name of a cgroup");
  return {};
}

Result<CgroupPath> parse_parent(std::string_view parent) {
  parent = without_final_slash(parent);
  if (is_slice(base_of(parent))) {
    return bad_parent(
        parent,
        "is a slice of systemd, but the cgroup manager is \"cgroupfs\": choose the manager \"systemd\", or "
        "let the kubelet's cgroupDriver be \"cgroupfs\"");
  }
  return CgroupPath::parse(from_root(parent));
}

Result<std::string> parse_slice(std::string_view parent, const CgroupPath& root) {
  parent = without_final_slash(parent);
  const std::string_view slice = base_of(parent);
  if (!is_slice(slice)) {
    return bad_parent(parent,
                      "is no slice, but the cgroup manager is \"systemd\": choose the manager \"cgroupfs\", or let the "
                      "kubelet's cgroupDriver be \"systemd\"");
  }
  const auto expanded = expand_slice(slice);
  if (!expanded) return expanded.error();
  const auto whole = root.below(*expanded);
  if (!whole) return whole.error();
  const std::string given = from_root(parent);
  const bool is_bare = slice.size() == parent.size();
  if (is_bare || given == expanded->str() || given == whole->str()) return std::string(slice);
  return bad_parent(parent, "is not where systemd has this slice, which is " + whole->str());
}

std::uint64_t least_of(std::uint64_t limit, std::uint64_t total, std::uint64_t unit) noexcept {
  if (unit == 0) unit = 1;  // Linux before 2.3.23 counted bytes, and had no unit
  if (total > std::numeric_limits<std::uint64_t>::max() / unit) return limit;
  return std::min(limit, total * unit);
}

}  // namespace crunc::cgroups::pods
