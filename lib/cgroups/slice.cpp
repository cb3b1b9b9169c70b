// SPDX-License-Identifier: Apache-2.0
// systemd's names of cgroups, and the cgroupsPath of a bundle, which is one of them or a path.

#include <algorithm>
#include <array>

#include <crunc/cgroups/path.hpp>

#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::string_view slice_suffix = ".slice";

Error not_a_slice(std::string_view slice, std::string_view why) {
  return Error(Errc::invalid_argument, "slice " + core::excerpt(slice) + " " + std::string(why));
}

template <size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_kernel_file(std::string_view name) {
  constexpr std::array<std::string_view, 3> old_files{"notify_on_release", "release_agent", "tasks"};
  // Not all controllers, but those that systemd itself knows.
  constexpr std::array<std::string_view, 14> prefixes{"cgroup",
                                                      "cpu",
                                                      "cpuacct",
                                                      "cpuset",
                                                      "io",
                                                      "blkio",
                                                      "memory",
                                                      "devices",
                                                      "pids",
                                                      "bpf-firewall",
                                                      "bpf-devices",
                                                      "bpf-foreign",
                                                      "bpf-socket-bind",
                                                      "bpf-restrict-network-interfaces"};
  const size_t dot = name.find('.');
  return is_one_of(old_files, name) || (dot != std::string_view::npos && is_one_of(prefixes, name.substr(0, dot)));
}

Result<OciCgroupsPath> parse_systemd(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  const bool has_three = second != std::string_view::npos && text.find(':', second + 1) == std::string_view::npos;
  if (!has_three || second + 1 == text.size()) {
    return Error(Errc::invalid_argument,
                 "cgroupsPath " + core::excerpt(text) + " is no \"slice:prefix:name\", which the systemd driver needs");
  }
  OciCgroupsPath parts;
  parts.slice = text.substr(0, first);
  parts.prefix = text.substr(first + 1, second - first - 1);
  parts.name = text.substr(second + 1);
  if (!parts.slice.empty()) {
    if (const auto expanded = expand_slice(parts.slice); !expanded) return expanded.error();
  }
  if (const auto unit = CgroupPath().child(parts.unit()); !unit) return unit.error();
  return parts;
}

Result<OciCgroupsPath> parse_cgroupfs(std::string_view text) {
  if (std::count(text.begin(), text.end(), ':') == 2 && text.find('/') == std::string_view::npos) {
    return Error(Errc::invalid_argument,
                 "cgroupsPath " + core::excerpt(text) + " is of the systemd driver; the cgroupfs driver needs a path");
  }
  OciCgroupsPath parts;
  parts.is_absolute = text.starts_with('/');
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  const auto checked = parts.is_absolute ? CgroupPath::parse(text) : CgroupPath().below(text);
  if (!checked) return checked.error();
  parts.path = text;
  return parts;
}

}  // namespace

bool is_slice(std::string_view unit) noexcept { return unit.ends_with(slice_suffix); }

Result<CgroupPath> expand_slice(std::string_view slice) {
  if (slice == "-.slice") return CgroupPath();
  if (!is_slice(slice) || slice.size() == slice_suffix.size()) {
    return not_a_slice(slice, "does not end in \".slice\" after a name");
  }
  if (slice.find('/') != std::string_view::npos) return not_a_slice(slice, "has a '/'");
  const std::string_view name = slice.substr(0, slice.size() - slice_suffix.size());
  CgroupPath path;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('-', begin), name.size());
    if (end == begin) return not_a_slice(slice, "has an empty part between dashes");
    const auto next = path.child(std::string(name.substr(0, end)) + std::string(slice_suffix));
    if (!next) return next.error();
    path = *next;
    begin = end + 1;
  }
  return path;
}

std::string escape_unit(std::string_view unit) {
  const bool must = unit.starts_with('_') || unit.starts_with('.') || is_kernel_file(unit);
  return (must ? "_" : "") + std::string(unit);
}

Result<OciCgroupsPath> OciCgroupsPath::parse(std::string_view text, CgroupDriver driver) {
  if (text.empty()) return OciCgroupsPath{};
  return driver == CgroupDriver::systemd ? parse_systemd(text) : parse_cgroupfs(text);
}

std::string OciCgroupsPath::unit() const {
  if (name.empty() || is_slice(name)) return name;
  return (prefix.empty() ? "" : prefix + "-") + name + ".scope";
}

Result<CgroupPath> OciCgroupsPath::resolve(const CgroupPath& own) const {
  if (!path.empty()) return is_absolute ? CgroupPath::parse(path) : own.below(path);
  if (name.empty()) return Error(Errc::invalid_argument, "an empty cgroupsPath names no cgroup");
  if (is_slice(name)) return expand_slice(name);
  const auto around = expand_slice(slice.empty() ? "system.slice" : slice);
  if (!around) return around.error();
  return around->child(escape_unit(unit()));
}

}  // namespace crunc::cgroups
