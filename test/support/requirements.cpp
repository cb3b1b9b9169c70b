// SPDX-License-Identifier: Apache-2.0
//
// Looks at the machine, once per question, without starting anything.
#include "requirements.hpp"

#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "tally.hpp"

namespace crunc::test {
namespace {

namespace fs = std::filesystem;

bool is_file_system(const char* path, long magic) {
  struct statfs info {};
  return ::statfs(path, &info) == 0 && info.f_type == magic;
}

/// The `major.minor` that a kernel release starts with.
std::pair<int, int> kernel_version() {
  utsname name{};
  ::uname(&name);
  const std::string_view release = name.release;
  std::pair<int, int> version;
  const char* const end = release.data() + release.size();
  const char* const dot = std::from_chars(release.data(), end, version.first).ptr;
  if (dot != end) std::from_chars(dot + 1, end, version.second);
  return version;
}

}  // namespace

std::optional<fs::path> find_program(std::string_view name) {
  const char* const path = std::getenv("PATH");
  // The usual directories too: runc is in sbin, which is in no user's PATH.
  const std::string places = std::string(path != nullptr ? path : "") + ":/usr/sbin:/usr/bin:/sbin:/bin";
  for (std::size_t at = 0; at < places.size();) {
    const std::size_t end = std::min(places.find(':', at), places.size());
    const fs::path candidate = fs::path(places.substr(at, end - at)) / name;
    if (end > at && fs::is_regular_file(candidate) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return std::nullopt;
}

bool skip_unless(bool met, const std::string& reason) {
  if (met) return false;
  Tally::instance().skipping = true;
  MESSAGE("skipped: " << reason);
  return true;
}

bool skip_unless_root() { return skip_unless(::geteuid() == 0, "needs root"); }

bool skip_unless_runtime(std::string_view name) {
  return skip_unless(find_program(name).has_value(), "no " + std::string(name) + " on this machine");
}

bool on_cgroup_v2() { return is_file_system("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC); }

bool skip_unless_cgroup_v2() { return skip_unless(on_cgroup_v2(), "needs cgroup v2"); }

bool skip_unless_cgroup_v1() { return skip_unless(is_file_system("/sys/fs/cgroup", TMPFS_MAGIC), "needs cgroup v1"); }

bool skip_unless_systemd() { return skip_unless(fs::is_directory("/run/systemd/system"), "systemd is not process 1"); }

bool kernel_is_at_least(int major, int minor) { return kernel_version() >= std::pair(major, minor); }

}  // namespace crunc::test
