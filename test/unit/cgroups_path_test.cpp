// SPDX-License-Identifier: Apache-2.0
// Paths of cgroups, names of slices, cgroupsPath of a bundle.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <crunc/cgroups/path.hpp>

#include "cgroups/directory.hpp"

using namespace crunc;
using namespace crunc::cgroups;

namespace {

std::string expanded(std::string_view slice) {
  const auto path = expand_slice(slice);
  return path ? path->str() : "error: " + std::string(to_string(path.error().code));
}

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

}  // namespace

TEST_CASE("a cgroup path is absolute and made of plain components") {
  for (const std::string_view good : {"/", "/a", "/a/b", "/user.slice/user-0.slice", "/a b", "/...", "/a..b", "/-"}) {
    CAPTURE(good);
    CHECK(CgroupPath::parse(good).has_value());
  }
}

TEST_CASE("a cgroup path with anything that could lead elsewhere is refused") {
  using namespace std::string_view_literals;
  const std::vector<std::string_view> bad{"",      "a",       "a/b",    "//",    "/a/",     "/a//b",
                                          "/.",    "/..",     "/../a",  "/a/..", "/a/../b", "/a/./b",
                                          "/a\nb", "/a\0b"sv, "\0/a"sv, "..",    "./a"};
  for (const std::string_view text : bad) {
    CAPTURE(text);
    const auto parsed = CgroupPath::parse(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == Errc::invalid_argument);
    CHECK_FALSE(parsed.error().reason.empty());
  }
}

TEST_CASE("a cgroup path has at most 255 bytes in a component and 4095 in all") {
  CHECK(CgroupPath::parse("/" + std::string(255, 'a')).has_value());
  CHECK(CgroupPath::parse("/" + std::string(256, 'a')).has_error());
  std::string deep;
  while (deep.size() < 4095) deep += "/b";
  CHECK(CgroupPath::parse(deep.substr(0, 4094)).has_value());
  CHECK(CgroupPath::parse(deep + "/b").has_error());
}

TEST_CASE("a path on the host is no cgroup path") {
  CHECK(CgroupPath::parse("/sys/fs/cgroup").has_error());
  CHECK(CgroupPath::parse("/sys/fs/cgroup/memory/a").has_error());
  CHECK(CgroupPath::parse("/sys/fs/cgroups").has_value());
}

TEST_CASE("8A-10 a child is one component and no way out") {
  const CgroupPath around = path("/a/b");

  CHECK(around.child("c").value().str() == "/a/b/c");
  CHECK(CgroupPath().child("c").value().str() == "/c");
  for (const std::string_view bad : {"../bX", "..", ".", "", "c/d", "/c", "c\n"}) {
    CAPTURE(bad);
    CHECK(around.child(bad).has_error());
  }
  CHECK(around.below("c/d").value().str() == "/a/b/c/d");
  CHECK(around.below("c/../d").has_error());
  CHECK(around.below("/c").has_error());
  CHECK(around.below("").has_error());
}

TEST_CASE("8A-10 a path contains another by whole components and not by its first bytes") {
  CHECK(path("/a/b").contains(path("/a/b")));
  CHECK(path("/a/b").contains(path("/a/b/c")));
  CHECK_FALSE(path("/a/b").contains(path("/a/bX")));
  CHECK_FALSE(path("/a/b").contains(path("/a")));
  CHECK(CgroupPath().contains(path("/a")));
}

TEST_CASE("a path knows its name and what is around it") {
  CHECK(path("/a/b").name() == "b");
  CHECK(path("/a/b").parent() == path("/a"));
  CHECK(path("/a").parent().is_root());
  CHECK(CgroupPath().name().empty());
  CHECK(CgroupPath().parent().is_root());
}

TEST_CASE("a slice is expanded at each dash") {
  CHECK(expanded("test-a-b.slice") == "/test.slice/test-a.slice/test-a-b.slice");
  CHECK(expanded("system.slice") == "/system.slice");
  CHECK(expanded("-.slice") == "/");
  for (const std::string_view bad : {"", ".slice", "a", "a.scope", "a/b.slice", "-a.slice", "a-.slice", "a--b.slice",
                                     "--.slice", "a\nb.slice", "...slice/"}) {
    CAPTURE(bad);
    CHECK(expanded(bad) == "error: invalid_argument");
  }
}

TEST_CASE("a unit that could be taken for a file of the kernel gets an underscore as systemd gives it") {
  CHECK(escape_unit("crunc-web.scope") == "crunc-web.scope");
  CHECK(escape_unit("cpu.scope") == "_cpu.scope");
  CHECK(escape_unit("memory.x.scope") == "_memory.x.scope");
  CHECK(escape_unit("cgroup.procs") == "_cgroup.procs");
  CHECK(escape_unit("tasks") == "_tasks");
  CHECK(escape_unit("_x.scope") == "__x.scope");
  CHECK(escape_unit(".x") == "_.x");
  CHECK(escape_unit("hugetlb.scope") == "hugetlb.scope");  // no controller of systemd's
  CHECK(escape_unit("cpu-x.scope") == "cpu-x.scope");
}

TEST_CASE("cgroupsPath of the systemd driver is slice and prefix and name") {
  const auto parts = OciCgroupsPath::parse("machine-a.slice:libpod:web", CgroupDriver::systemd).value();

  CHECK(parts.slice == "machine-a.slice");
  CHECK(parts.unit() == "libpod-web.scope");
  CHECK(parts.resolve().value().str() == "/machine.slice/machine-a.slice/libpod-web.scope");
}

TEST_CASE("cgroupsPath of the systemd driver may lack slice and prefix but not the name") {
  CHECK(OciCgroupsPath::parse("::web", CgroupDriver::systemd).value().resolve().value().str() ==
        "/system.slice/web.scope");
  CHECK(OciCgroupsPath::parse("-.slice::cpu", CgroupDriver::systemd).value().resolve().value().str() == "/_cpu.scope");
  CHECK(OciCgroupsPath::parse("a.slice:x:a-b.slice", CgroupDriver::systemd).value().resolve().value().str() ==
        "/a.slice/a-b.slice");
  for (const std::string_view bad :
       {"a", "/a/b", "a:b", "a.slice:b:", "a:b:c", "a.slice:b:c:d", "a.slice:b:../c", "::"}) {
    CAPTURE(bad);
    CHECK(OciCgroupsPath::parse(bad, CgroupDriver::systemd).has_error());
  }
  CHECK(OciCgroupsPath::parse("", CgroupDriver::systemd).value().unit().empty());
}

TEST_CASE("cgroupsPath of the cgroupfs driver is a path and what is meant for systemd is told apart") {
  CHECK(OciCgroupsPath::parse("/a/b", CgroupDriver::cgroupfs).value().resolve().value().str() == "/a/b");
  CHECK(OciCgroupsPath::parse("a/b/", CgroupDriver::cgroupfs).value().resolve(path("/own")).value().str() ==
        "/own/a/b");
  const auto mixed_up = OciCgroupsPath::parse("system.slice:runc:web", CgroupDriver::cgroupfs);
  REQUIRE(mixed_up.has_error());
  CHECK(mixed_up.error().reason.find("systemd driver") != std::string::npos);
  CHECK(OciCgroupsPath::parse("/a/../b", CgroupDriver::cgroupfs).has_error());
  CHECK(OciCgroupsPath::parse("../b", CgroupDriver::cgroupfs).has_error());
  CHECK(OciCgroupsPath::parse("", CgroupDriver::cgroupfs).value().resolve().has_error());
}

TEST_CASE("a file of a cgroup is named by one component") {
  using namespace std::string_view_literals;
  CHECK(is_component("memory.max"));
  CHECK(is_component("hugetlb.2MB.max"));
  for (const std::string_view bad : {""sv, "."sv, ".."sv, "a/b"sv, "/a"sv, "a\0b"sv, "hugetlb.../../x.max"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(is_component(bad));
  }
  CHECK_FALSE(is_component(std::string(256, 'a')));
}
