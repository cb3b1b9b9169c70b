// SPDX-License-Identifier: Apache-2.0
// What the kernel prints of mounts, of where processes are and of who is in a cgroup.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cgroups/members.hpp"
#include "cgroups/mount_info.hpp"
#include "cgroups/mounts.hpp"
#include "cgroups/proc_cgroup.hpp"

using namespace crunc;
using namespace crunc::cgroups;

namespace {

constexpr std::string_view hybrid = R"(22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct
33 30 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset,noprefix
37 30 0:34 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio
39 30 0:36 / /sys/fs/cgroup/systemd rw,relatime - cgroup systemd rw,xattr,release_agent=/lib/x,name=systemd
40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
)";

Mount mount_of(ControllerSet controllers, std::string within = "/") {
  Mount mount;
  mount.within = std::move(within);
  mount.controllers = controllers;
  return mount;
}

std::string found_in(const Mount& mount, std::string_view file) {
  const auto path = path_in(mount, parse_proc_cgroup(file), 1);
  return path ? path->str() : to_string(path.error().code);
}

}  // namespace

TEST_CASE("mountinfo gives each cgroup mount with its controllers or its name") {
  const auto mounts = parse_mount_info(hybrid);

  REQUIRE(mounts.size() == 5);
  CHECK(mounts[0].point == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(mounts[0].controllers == ControllerSet{Controller::cpu, Controller::cpuacct});
  CHECK(mounts[1].controllers == ControllerSet{Controller::cpuset});
  CHECK(mounts[2].controllers == ControllerSet{Controller::io});
  CHECK(mounts[3].name == "systemd");
  CHECK(mounts[3].controllers.empty());
  CHECK(mounts[4].is_v2);
}

TEST_CASE("mountinfo has octal escapes in its paths") {
  const auto mounts = parse_mount_info("1 2 0:1 /a\\040b /c\\011d\\012e\\134f\\0 rw - cgroup2 none rw\n");

  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].root == "/a b");
  CHECK(mounts[0].point == "/c\td\ne\\f\\0");
}

TEST_CASE("lines of mountinfo that are short or strange are left out") {
  for (const std::string_view line :
       {"", "-", "1 2 0:1 / /a rw", "1 2 0:1 / /a rw -", "1 2 0:1 / /a rw - cgroup", "1 2 0:1 / /a rw x cgroup c rw",
        "1 2 0:1 a b rw - cgroup c rw", "1 2 0:1 / /a rw - cgroupx c rw", "cgroup cgroup2 - - - - - -"}) {
    CAPTURE(line);
    CHECK(parse_mount_info(line).empty());
  }
}

TEST_CASE("the last mount upon a point hides the others") {
  const auto mounts = parse_mount_info(
      "1 2 0:1 / /m rw - cgroup c rw,memory\n"
      "3 1 0:2 / /m rw - cgroup c rw,pids\n");

  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].controllers == ControllerSet{Controller::pids});
}

TEST_CASE("a mount above hides the mounts that were there before and not those that come after") {
  const auto mounts = parse_mount_info(
      "1 2 0:1 / /sys/fs/cgroup rw - tmpfs t rw\n"
      "2 1 0:2 / /sys/fs/cgroup/memory rw - cgroup c rw,memory\n"
      "3 1 0:3 / /sys/fs/cgroup/unified rw - cgroup2 c rw\n"
      "4 1 0:3 / /sys/fs/cgroup rw - cgroup2 c rw\n"
      "5 4 0:4 / /sys/fs/cgroup/pids rw - cgroup c rw,pids\n");

  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].point == "/sys/fs/cgroup");
  CHECK(mounts[0].is_v2);
  CHECK(mounts[1].controllers == ControllerSet{Controller::pids});
}

TEST_CASE("of many mounts of a hierarchy the usual place is chosen and then the whole hierarchy") {
  const auto mounts = parse_mount_info(
      "1 2 0:1 /docker/x /var/c/memory rw - cgroup c rw,memory\n"
      "1 2 0:1 / /sys/fs/cgroup/memory rw - cgroup c rw,memory\n"
      "1 2 0:3 /docker/x /mnt/a rw - cgroup2 c rw\n"
      "1 2 0:3 / /mnt/b rw - cgroup2 c rw\n"
      "1 2 0:3 / /sys/fs/cgroupish rw - cgroup2 c rw\n");
  const auto chosen = choose_mounts(mounts, "/sys/fs/cgroup");

  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].point == "/sys/fs/cgroup/memory");
  CHECK(chosen[1].point == "/mnt/b");
}

TEST_CASE("proc cgroup is read with several controllers and names and colons in paths") {
  const auto memberships = parse_proc_cgroup(
      "9:name=systemd:/s\n8:cpu,cpuacct:/a:b\n7:blkio:/\n0::/u\nx\n1:memory\n2:pids:relative\n5:unknown:/z\n");

  REQUIRE(memberships.size() == 5);
  CHECK(memberships[0].name == "systemd");
  CHECK(memberships[1].controllers == ControllerSet{Controller::cpu, Controller::cpuacct});
  CHECK(memberships[1].path == "/a:b");
  CHECK(memberships[2].controllers == ControllerSet{Controller::io});
  CHECK(memberships[3].is_v2);
  CHECK(memberships[3].path == "/u");
  CHECK(memberships[4].controllers.empty());
}

TEST_CASE("where a process is in a mount is told by its hierarchy") {
  const std::string_view file = "2:cpu,cpuacct:/c\n1:name=systemd:/s\n0::/u\n";
  Mount v2;
  v2.is_v2 = true;
  Mount named;
  named.name = "systemd";

  CHECK(found_in(mount_of({Controller::cpuacct}), file) == "/c");
  CHECK(found_in(named, file) == "/s");
  CHECK(found_in(v2, file) == "/u");
  CHECK(found_in(mount_of({Controller::memory}), file) == "cgroup_not_found");
}

TEST_CASE("a bind mount shows a process by its path beneath what is mounted") {
  const Mount bound = mount_of({Controller::memory}, "/docker/x");

  CHECK(found_in(bound, "1:memory:/docker/x/web\n") == "/web");
  CHECK(found_in(bound, "1:memory:/docker/x\n") == "/");
  CHECK(found_in(bound, "1:memory:/docker/xy\n") == "cgroup_not_found");
  CHECK(found_in(bound, "1:memory:/\n") == "cgroup_not_found");
}

TEST_CASE("a process outside of the cgroup namespace is not found") {
  CHECK(found_in(mount_of({Controller::memory}), "1:memory:/../x\n") == "cgroup_not_found");
  CHECK(found_in(mount_of({Controller::memory}), "1:memory:/..\n") == "cgroup_not_found");
}

TEST_CASE("pids are sorted and once each and those of other namespaces dropped") {
  CHECK(parse_pids("30\n4\n30\n0\n-1\nx\n\n99999999999\n5") == std::vector<pid_t>{4, 5, 30});
  CHECK(parse_pids("").empty());
}

TEST_CASE("names of pids are few") {
  CHECK(name_pids({}).empty());
  CHECK(name_pids({7}) == "process 7");
  CHECK(name_pids({7, 8}) == "processes 7, 8");
  CHECK(name_pids(std::vector<pid_t>(20, 1)).ends_with("1 and 4 more"));
}
