// SPDX-License-Identifier: Apache-2.0
// Cgroups whose directories are swapped, linked elsewhere or removed by somebody else.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/cgroup.hpp>

#include "cgroups/directory.hpp"
#include "support/fake_cgroups.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::FakeCgroups;
using Lines = std::vector<std::string>;

namespace fs = std::filesystem;

namespace {

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

}  // namespace

TEST_CASE("a symlink in the path of a cgroup is not followed whether or not there is openat2") {
  for (const int no_openat2 : {0, ENOSYS, EPERM}) {
    CAPTURE(no_openat2);
    FakeCgroups tree(Mode::legacy, "", {"memory"});
    tree.openat2_errno = no_openat2;
    fs::create_directory_symlink(tree.outside(), tree / "memory/a");

    for (const char* where : {"/a", "/a/b"}) {
      const auto made = Cgroup::create(tree.hierarchy(), path(where));
      REQUIRE(made.has_error());
      CHECK((made.error().system == std::errc::too_many_symbolic_link_levels ||
             made.error().system == std::errc::not_a_directory));
      CHECK(Cgroup::load(tree.hierarchy(), path(where)).has_error());
    }
    CHECK(fs::is_empty(tree.outside()));
    CHECK(tree.take_writes().empty());
  }
}

TEST_CASE("a symlink that takes a level's place while it is made is not followed and not removed") {
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  tree.before_open = [&](const std::string& opened) {
    if (opened != "memory/a" || fs::is_symlink(tree / "memory/a")) return;
    fs::rename(tree / "memory/a", tree / "memory/was_a");
    fs::create_directory_symlink(tree.outside(), tree / "memory/a");
  };
  const auto made = Cgroup::create(tree.hierarchy(), path("/a/b"));

  REQUIRE(made.has_error());
  CHECK(fs::is_empty(tree.outside()));
}

TEST_CASE("a file of a cgroup that is a symlink is neither read nor written") {
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  test::write_text(tree.outside() / "victim", "before");
  Cgroup cgroup = Cgroup::create(tree.hierarchy(), path("/a")).value();
  fs::remove(tree / "memory/a/cgroup.procs");
  fs::create_symlink(tree.outside() / "victim", tree / "memory/a/cgroup.procs");

  CHECK((cgroup.add_process(42).error().system == std::errc::too_many_symbolic_link_levels));
  CHECK(cgroup.processes().has_error());
  CHECK(test::read_text(tree.outside() / "victim") == "before");
}

TEST_CASE("a name from outside that is no single component reaches no file") {
  using namespace std::string_view_literals;
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  test::write_text(tree.outside() / "victim", "before");
  const Directory directory = Directory::at((tree / "memory").string()).value();

  for (const std::string_view name : {"../../outside/victim"sv, "hugetlb./../../../outside/victim"sv, "/etc/passwd"sv,
                                      ".."sv, "."sv, ""sv, "tasks\0x"sv}) {
    CAPTURE(name);
    const auto written = directory.write(name, "x");
    REQUIRE(written.has_error());
    CHECK((written.error().system == std::errc::invalid_argument));
    CHECK(directory.read(name).has_error());
    CHECK(directory.make(name, 0755).has_error());
    CHECK(static_cast<bool>(directory.remove(name)));
  }
  CHECK(test::read_text(tree.outside() / "victim") == "before");
  CHECK(tree.take_writes().empty());
}

TEST_CASE("a file is never created nor cut short by a write") {
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  const Directory directory = Directory::at((tree / "memory").string()).value();

  CHECK((directory.write("memory.max", "1").error().system == std::errc::no_such_file_or_directory));
  CHECK_FALSE(tree.has("memory/memory.max"));
  CHECK(directory.write("memory.max", "1").error().message() ==
        "system call failed: write \"1\" to " + (tree / "memory/memory.max").string() + ": No such file or directory");
}

TEST_CASE("a cgroup that was removed while it was held is gone and its namesake is left alone") {
  FakeCgroups tree(Mode::legacy, "", {"freezer", "memory"});
  Cgroup held = Cgroup::create(tree.hierarchy(), path("/a")).value();
  CHECK(held.exists());
  Cgroup other = Cgroup::load(tree.hierarchy(), path("/a")).value();
  REQUIRE(other.remove().has_value());
  const Cgroup namesake = Cgroup::create(tree.hierarchy(), path("/a")).value();
  static_cast<void>(tree.take_writes());

  CHECK_FALSE(held.exists());
  CHECK(namesake.exists());
  CHECK(held.add_process(42).error().code == Errc::cgroup_gone);
  CHECK((held.add_process(42).error().code == std::errc::no_such_device));
  CHECK(held.processes().error().code == Errc::cgroup_gone);
  CHECK(held.freeze().error().code == Errc::cgroup_gone);
  CHECK(held.thaw().error().code == Errc::cgroup_gone);
  CHECK(held.state().error().code == Errc::cgroup_gone);
  CHECK(held.child("b").error().code == Errc::cgroup_gone);
  CHECK(held.remove().has_value());
  CHECK(tree.take_writes().empty());
  CHECK(tree.directories() == Lines{"freezer/a", "memory/a"});
}

TEST_CASE("a cgroup that others replaced by one of its name is not removed in its place") {
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  Cgroup held = Cgroup::create(tree.hierarchy(), path("/a")).value();
  fs::rename(tree / "memory/a", tree / "memory/b");
  fs::create_directory(tree / "memory/a");

  CHECK(held.remove().has_value());
  CHECK(tree.directories() == Lines{"memory/a", "memory/b"});
}

TEST_CASE("8A-10 a child by a name that leads elsewhere is not made") {
  using namespace std::string_view_literals;
  FakeCgroups tree(Mode::hybrid, "");
  const Cgroup around = Cgroup::create(tree.hierarchy(), path("/a/b")).value();
  const Lines before = tree.directories();
  static_cast<void>(tree.take_writes());

  for (const std::string_view name :
       {"../bX"sv, ".."sv, "."sv, ""sv, "/"sv, "/c"sv, "c/d"sv, "c\nd"sv, "c\0d"sv, "../../../outside/c"sv}) {
    CAPTURE(name);
    const auto made = around.child(name);
    REQUIRE(made.has_error());
    CHECK(made.error().code == Errc::invalid_argument);
  }
  CHECK(tree.directories() == before);
  CHECK(tree.take_writes().empty());
  CHECK(fs::is_empty(tree.outside()));
}

TEST_CASE("what a runtime has written down of a cgroup leads nowhere else") {
  FakeCgroups tree(Mode::legacy, "", {"memory"});
  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
  fs::create_directories(tree.outside() / "root/crun");
  fs::create_directory(tree.outside() / "victim");
  const auto read = [&](std::string_view id) {
    return read_cgroup_paths(tree.hierarchy(), tree.outside() / "root", id);
  };

  for (const std::string written : {"../../outside/victim", "/..", "/a/../../../outside", "/a\\nb", "/a\\u0000b"}) {
    CAPTURE(written);
    test::write_text(tree.outside() / "root/crun/status", R"({"cgroup-path":")" + written + R"("})");
    CHECK(read("crun").error().code == Errc::malformed_output);
  }
  for (const std::string id : {"..", ".", "", "/etc", "../root/crun", "crun/../crun"}) {
    CAPTURE(id);
    CHECK(read(id).error().code == Errc::invalid_argument);
  }
  const std::string mount = (tree / "memory").string();
  for (const std::string& directory : {mount + "/../../outside/victim", mount + "X/a", mount + "/a/..", mount + "/a\nb",
                                       mount + std::string("/a\0b", 4), mount + "//a"}) {
    CAPTURE(directory);
    CHECK(Cgroup::load(tree.hierarchy(), CgroupPaths{{"memory", directory}}).error().code == Errc::invalid_argument);
  }
}
