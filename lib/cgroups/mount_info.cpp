// SPDX-License-Identifier: Apache-2.0
// mountinfo: ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER_OPTIONS (proc(5)). Whitespace and
// backslashes within a field are octal escapes.

#include "cgroups/mount_info.hpp"

#include <algorithm>
#include <optional>

#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

using Fields = std::vector<std::string_view>;

Fields split(std::string_view text, char separator) {
  Fields fields;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) fields.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return fields;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

std::string unescape(std::string_view field) {
  std::string result;
  for (size_t i = 0; i < field.size(); ++i) {
    const std::string_view rest = field.substr(i);
    if (rest.size() >= 4 && rest[0] == '\\' && std::all_of(rest.begin() + 1, rest.begin() + 4, is_octal)) {
      result += static_cast<char>((rest[1] - '0') * 64 + (rest[2] - '0') * 8 + (rest[3] - '0'));
      i += 3;
    } else {
      result += field[i];
    }
  }
  return result;
}

void read_super_options(std::string_view options, CgroupMount& mount) {
  constexpr std::string_view name_prefix = "name=";
  for (const std::string_view option : split(options, ',')) {
    if (const auto controller = controller_named(option)) mount.controllers.add(*controller);
    if (option.starts_with(name_prefix)) mount.name = unescape(option.substr(name_prefix.size()));
  }
}

constexpr size_t root_at = 3;
constexpr size_t point_at = 4;
constexpr size_t first_tag_at = 6;

/// Nothing of a line that is no mount of a cgroup file system.
std::optional<CgroupMount> parse_mount(const Fields& fields) {
  const auto dash = std::find(fields.begin() + first_tag_at, fields.end(), "-");
  if (fields.end() - dash < 2) return {};
  CgroupMount mount{.root = unescape(fields[root_at]), .point = unescape(fields[point_at])};
  mount.is_v2 = dash[1] == "cgroup2";
  if (!mount.is_v2 && dash[1] != "cgroup") return {};
  if (!mount.is_v2 && fields.end() - dash > 3) read_super_options(dash[3], mount);
  if (!mount.is_v2 && mount.controllers.empty() && mount.name.empty()) return {};  // nothing that is known here
  mount.id = fields[0];
  if (!mount.root.starts_with('/') || !mount.point.starts_with('/')) return {};
  return mount;
}

bool same_hierarchy(const CgroupMount& a, const CgroupMount& b) {
  return a.is_v2 == b.is_v2 && a.controllers == b.controllers && a.name == b.name;
}

bool is_beneath(std::string_view path, std::string_view around) {
  return path.starts_with(around) && (path.size() == around.size() || path[around.size()] == '/');
}

}  // namespace

std::vector<CgroupMount> parse_mount_info(std::string_view text) {
  std::vector<CgroupMount> mounts;
  for (const std::string_view line : core::split_lines(text)) {
    const Fields fields = split(line, ' ');
    if (fields.size() <= first_tag_at) continue;
    const std::string point = unescape(fields[point_at]);
    std::erase_if(mounts, [&](const CgroupMount& other) { return is_beneath(other.point, point); });
    if (std::optional<CgroupMount> mount = parse_mount(fields)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

std::vector<CgroupMount> choose_mounts(const std::vector<CgroupMount>& mounts, std::string_view preferred) {
  const auto rank = [&](const CgroupMount& mount) {
    return (is_beneath(mount.point, preferred) ? 2 : 0) + (mount.root == "/" ? 1 : 0);
  };
  std::vector<CgroupMount> chosen;
  for (const CgroupMount& mount : mounts) {
    const auto same = std::find_if(chosen.begin(), chosen.end(),
                                   [&](const CgroupMount& other) { return same_hierarchy(mount, other); });
    if (same == chosen.end()) {
      chosen.push_back(mount);
    } else if (rank(mount) > rank(*same)) {
      *same = mount;
    }
  }
  return chosen;
}

}  // namespace crunc::cgroups
