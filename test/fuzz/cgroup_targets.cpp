// SPDX-License-Identifier: Apache-2.0
// Where cgroups are: paths, systemd's names for them, and what the kernel and runtimes say of them.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/hierarchy.hpp>
#include <crunc/cgroups/path.hpp>

#include "cgroups/mount_info.hpp"
#include "cgroups/pods/names.hpp"
#include "cgroups/proc_cgroup.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

namespace crunc::fuzz {
namespace {

using cgroups::CgroupDriver;
using cgroups::CgroupMount;
using cgroups::CgroupPath;
using cgroups::Membership;

constexpr auto refusals = {Errc::invalid_argument};

void check_path(const CgroupPath& path) {
  require(CgroupPath::parse(path.str()).value() == path, "a path that is printed is read the same", path.str());
  require(path.contains(path) && CgroupPath().contains(path), "a path is in itself and in the root", path.str());
  require(path.parent().contains(path), "a path is in its parent", path.str());
  require((path.str() + '/').find("/../") == std::string::npos, "no path leads out", path.str());
  require(CgroupPath().below(path).value() == path, "a path from the root is itself", path.str());
  if (path.is_root()) return;
  require(path.parent().child(path.name()).value() == path, "a path is its name in its parent", path.str());
  require(!path.contains(path.parent()), "a parent is not in its child", path.str());
}

/// The controllers as v1 names them, with a separator.
std::string names_of(cgroups::ControllerSet controllers) {
  std::string names;
  controllers.for_each([&](cgroups::Controller controller) {
    names += (names.empty() ? "" : ",") + std::string(to_string(controller, false));
  });
  return names;
}

/// As mountinfo escapes what would part fields, and options.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != '\\' && c != ',') {
      result += c;
    } else {
      result += '\\';
      for (const unsigned shift : {6U, 3U, 0U}) result += static_cast<char>('0' + ((byte >> shift) & 7U));
    }
  }
  return result;
}

std::string line_of(const CgroupMount& mount) {
  std::string options = "rw";
  if (!mount.controllers.empty()) options += ',' + names_of(mount.controllers);
  if (!mount.name.empty()) options += ",name=" + escaped(mount.name);
  return mount.id + " 1 0:1 " + escaped(mount.root) + ' ' + escaped(mount.point) + " rw - " +
         (mount.is_v2 ? "cgroup2" : "cgroup") + " x " + options + '\n';
}

std::string line_of(const Membership& membership) {
  std::string controllers = names_of(membership.controllers);
  // Of a hierarchy whose controllers are not known here nothing is left but that it is one of v1.
  if (controllers.empty() && !membership.is_v2) controllers = "?";
  if (!membership.name.empty()) controllers = "name=" + membership.name;
  return "1:" + controllers + ':' + membership.path + '\n';
}

}  // namespace

FUZZ_TARGET(cgroup_path) {
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const Result<CgroupPath> path = CgroupPath::parse(bytes.substr(0, line));
  if (is_refused(path, refusals)) return;
  require(path->str() == bytes.substr(0, line), "a path is what was given");
  check_path(*path);
  const Result<CgroupPath> below = path->below(bytes.substr(std::min(line + 1, bytes.size())));
  if (is_refused(below, refusals)) return;
  check_path(*below);
  require(path->contains(*below), "what is below a path is in it", below->str());
}

FUZZ_TARGET(slice) {
  const Result<CgroupPath> path = cgroups::expand_slice(bytes);
  if (!is_refused(path, refusals)) {
    check_path(*path);
    require(path->is_root() || path->name() == bytes, "a slice is the last of those that it is in", bytes);
    require(cgroups::pods::parse_slice(bytes, {}).value() == bytes, "a slice is a pod's parent", bytes);
  }
  const Result<CgroupPath> unit = CgroupPath().child(cgroups::escape_unit(bytes));
  if (!is_refused(unit, refusals)) check_path(*unit);
  const Result<CgroupPath> parent = cgroups::pods::parse_parent(bytes);
  if (!is_refused(parent, refusals)) check_path(*parent);
  static_cast<void>(is_refused(cgroups::pods::check_part("id", bytes), refusals));
}

FUZZ_TARGET(oci_cgroups_path) {
  for (const CgroupDriver driver : {CgroupDriver::cgroupfs, CgroupDriver::systemd}) {
    const auto parts = cgroups::OciCgroupsPath::parse(bytes, driver);
    if (is_refused(parts, refusals)) continue;
    const std::string text = parts->name.empty() ? parts->path : parts->slice + ':' + parts->prefix + ':' + parts->name;
    require(bytes == text || bytes == text + '/', "the parts are the whole", bytes);
    const Result<CgroupPath> path = parts->resolve(CgroupPath::parse("/own").value());
    if (!is_refused(path, refusals)) check_path(*path);
  }
}

FUZZ_TARGET(mount_info) {
  const std::vector<CgroupMount> mounts = cgroups::parse_mount_info(bytes);
  std::string lines;
  for (const CgroupMount& mount : mounts) {
    require(mount.root.starts_with('/') && mount.point.starts_with('/'), "a mount has absolute paths", mount.point);
    require(mount.is_v2 || !mount.controllers.empty() || !mount.name.empty(), "a mount of v1 has something known");
    lines += line_of(mount);
  }
  require(cgroups::parse_mount_info(lines) == mounts, "mounts that are printed are read the same", lines);
  const std::vector<CgroupMount> chosen = cgroups::choose_mounts(mounts, "/sys/fs/cgroup");
  require(chosen.empty() == mounts.empty(), "of some mounts one is chosen");
  require(cgroups::choose_mounts(chosen, "/sys/fs/cgroup") == chosen, "what was chosen would be chosen again", lines);
}

FUZZ_TARGET(proc_cgroup) {
  std::string lines;
  const std::vector<Membership> memberships = cgroups::parse_proc_cgroup(bytes);
  for (const Membership& membership : memberships) {
    require(membership.path.starts_with('/'), "a path is absolute", membership.path);
    require(!membership.is_v2 || membership.controllers.empty(), "v2 names no controllers");
    lines += line_of(membership);
  }
  std::string again;
  for (const Membership& membership : cgroups::parse_proc_cgroup(lines)) again += line_of(membership);
  require(again == lines, "memberships that are printed are read the same", lines);
}

FUZZ_TARGET(runtime_state) {
  const test::TempDir dir;
  std::filesystem::create_directories(dir / "cgroup");
  test::write_text(dir / "cgroup/cgroup.controllers", "cpu\n");
  const auto hierarchy = cgroups::Hierarchy::at(dir / "cgroup", cgroups::Mode::unified);
  for (const char* const file : {"runc/state.json", "crun/status"}) {
    const std::filesystem::path id = std::filesystem::path(file).parent_path();
    std::filesystem::create_directories(dir / id);
    test::write_text(dir / file, bytes);
    const auto paths = cgroups::read_cgroup_paths(*hierarchy, dir.path(), id.string());
    if (is_refused(paths, {Errc::malformed_output, Errc::cgroup_not_found}) || id == "runc") continue;
    require(paths->size() == 1 && paths->contains(""), "a container of crun is in every hierarchy");
  }
}

}  // namespace crunc::fuzz
