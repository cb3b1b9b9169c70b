// SPDX-License-Identifier: Apache-2.0
// Making and opening cgroups, on directory trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/cgroup.hpp>

#include <linux/magic.h>

#include "support/fake_cgroups.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::FakeCgroups;
using Lines = std::vector<std::string>;

namespace {

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

}  // namespace

TEST_CASE("the mode of a tree goes by the types of its file systems") {
  static long root_type;
  static long unified_type;
  sys::Calls table = sys::kernel_calls();
  table.statfs = [](const char* where, struct statfs* out) {
    const long type = std::string_view(where) == "/c" ? root_type : unified_type;
    out->f_type = type;
    errno = ENOENT;
    return type == 0 ? -1 : 0;
  };
  const sys::ReplacedCalls replaced(table);
  const auto mode = [](long root, long unified) {
    root_type = root;
    unified_type = unified;
    return detect("/c");
  };

  CHECK(mode(0, 0) == Mode::unavailable);
  CHECK(mode(TMPFS_MAGIC, 0) == Mode::legacy);
  CHECK(mode(TMPFS_MAGIC, TMPFS_MAGIC) == Mode::legacy);
  CHECK(mode(TMPFS_MAGIC, CGROUP2_SUPER_MAGIC) == Mode::hybrid);
  CHECK(mode(CGROUP2_SUPER_MAGIC, 0) == Mode::unified);
}

TEST_CASE("8A-15 on a hybrid machine each controller is looked up on its own") {
  const FakeCgroups tree(Mode::hybrid, "hugetlb memory");
  const Hierarchy hierarchy = tree.hierarchy();

  CHECK(hierarchy.mode() == Mode::hybrid);
  CHECK(hierarchy.on_v2(Controller::hugetlb));
  CHECK(hierarchy.has(Controller::memory));
  CHECK_FALSE(hierarchy.on_v2(Controller::memory));  // v1 has it
  CHECK_FALSE(hierarchy.has(Controller::pids));
  CHECK(hierarchy.root_fd(Controller::cpu) == hierarchy.root_fd(Controller::cpuacct));
  CHECK(hierarchy.root_fd(Controller::hugetlb) == hierarchy.unified_fd());
  CHECK(hierarchy.root_fd(Controller::pids) == -1);
}

TEST_CASE("symlinks beside the hierarchies of a tree are not taken for more of them") {
  const FakeCgroups tree(Mode::legacy);
  std::filesystem::create_directory_symlink("cpu,cpuacct", tree / "cpu");
  std::filesystem::create_directory_symlink(tree.outside(), tree / "pids");

  CHECK_FALSE(tree.hierarchy().has(Controller::pids));
  CHECK(tree.hierarchy().has(Controller::cpu));
}

TEST_CASE("create makes every level in each hierarchy and gives each cpuset its parent's") {
  FakeCgroups tree(Mode::legacy);
  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a/b")).value();

  CHECK(tree.directories() == Lines{"cpu,cpuacct/a", "cpu,cpuacct/a/b", "cpuset/a", "cpuset/a/b", "freezer/a",
                                    "freezer/a/b", "memory/a", "memory/a/b", "systemd/a", "systemd/a/b"});
  CHECK(tree.take_writes() == Lines{"cpuset/a/cpuset.cpus=0-3", "cpuset/a/cpuset.mems=0", "cpuset/a/b/cpuset.cpus=0-3",
                                    "cpuset/a/b/cpuset.mems=0"});
  CHECK(made.controllers() == tree.hierarchy().controllers());
  CHECK(made.path() == path("/a/b"));
  CHECK(made.paths().at("memory") == (tree / "memory/a/b").string());
  CHECK(made.paths().at("cpuacct") == made.paths().at("cpu"));
  CHECK(made.paths().at("name=systemd") == (tree / "systemd/a/b").string());
}

TEST_CASE("create leaves a cpuset that has its own values as it is") {
  FakeCgroups tree(Mode::legacy, "", {"cpuset"});
  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
  test::write_text(tree / "cpuset/a/cpuset.cpus", "1\n");
  static_cast<void>(tree.take_writes());

  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
  CHECK(tree.take_writes().empty());
}

TEST_CASE("create enables all that is wanted in each level above by one write") {
  FakeCgroups tree(Mode::unified, "cpu io memory pids\n");
  const Cgroup made =
      Cgroup::create(tree.hierarchy(), path("/a/b"), {.wanted = {Controller::memory, Controller::pids}}).value();

  CHECK(tree.take_writes() == Lines{"cgroup.subtree_control=+memory +pids", "a/cgroup.subtree_control=+memory +pids"});
  CHECK(made.controllers() == ControllerSet{Controller::memory, Controller::pids});
  CHECK(made.paths() == CgroupPaths{{"", (tree / "a/b").string()}});
  CHECK(made.directory_fd(Controller::memory) == made.unified_fd());
}

TEST_CASE("8A-5 a second create enables nothing twice") {
  FakeCgroups tree(Mode::unified, "memory\n");
  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
  static_cast<void>(tree.take_writes());

  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/b")).value());
  CHECK(tree.take_writes().empty());
}

TEST_CASE("controllers are enabled one by one where all at once are refused") {
  FakeCgroups tree(Mode::unified, "cpu memory pids\n");
  tree.on_write = [](const std::string&, const std::string& value) {
    return value.find("cpu") == std::string::npos ? 0 : EINVAL;
  };
  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a"), {.required = {Controller::memory}}).value();

  CHECK(made.controllers() == ControllerSet{Controller::memory, Controller::pids});
  CHECK(tree.take_writes() == Lines{"cgroup.subtree_control=+memory", "cgroup.subtree_control=+pids"});
}

TEST_CASE("where processes are in the way controllers are not tried one by one") {
  FakeCgroups tree(Mode::unified, "cpu memory\n");
  tree.on_write = [](const std::string&, const std::string& value) {
    return value.find("memory") == std::string::npos ? 0 : EBUSY;
  };
  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a")).value();

  CHECK(made.controllers().empty());  // "+cpu" alone would have made a threaded domain of what is above
  CHECK(tree.take_writes().empty());
}

TEST_CASE("a required controller that a level above refuses is an error with its reason and nothing is left") {
  FakeCgroups tree(Mode::unified, "cpu memory\n");
  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
  tree.on_write = [](const std::string& file, const std::string&) {
    return file == "a/cgroup.subtree_control" ? EBUSY : 0;
  };
  const auto made = Cgroup::create(tree.hierarchy(), path("/a/b/c"), {.required = {Controller::cpu}});

  REQUIRE(made.has_error());
  CHECK(made.error().code == Errc::cgroup_busy);
  CHECK(made.error().reason.find("a/cgroup.subtree_control") != std::string::npos);
  CHECK((made.error().system == std::errc::device_or_resource_busy));
  CHECK(tree.directories() == Lines{"a"});
}

TEST_CASE("a required controller that there is none of is an error before anything is made") {
  FakeCgroups tree(Mode::hybrid, "hugetlb");
  const auto made = Cgroup::create(tree.hierarchy(), path("/a"), {.required = {Controller::rdma, Controller::memory}});

  REQUIRE(made.has_error());
  CHECK(made.error().code == Errc::controller_unavailable);
  CHECK((made.error().code == std::errc::not_supported));
  CHECK(made.error().message() == "cgroup controller not available: rdma");
  CHECK(tree.directories().empty());
}

TEST_CASE("levels that a failing create made are removed and those that were there stay") {
  for (const int error : {ENOSPC, EAGAIN, ENOMEM}) {
    FakeCgroups tree(Mode::legacy);
    static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a")).value());
    const Lines before = tree.directories();
    tree.on_mkdir = [error](const std::string& made) { return made == "memory/a/b/c" ? error : 0; };
    const auto made = Cgroup::create(tree.hierarchy(), path("/a/b/c"));

    REQUIRE(made.has_error());
    CHECK(made.error().code == Errc::system_error);
    CHECK(made.error().system.value() == error);
    CHECK(made.error().reason.find("memory/a/b/c") != std::string::npos);
    CHECK(tree.directories() == before);
  }
}

TEST_CASE("a cpuset that cannot be filled undoes all") {
  FakeCgroups tree(Mode::legacy);
  tree.on_write = [](const std::string& file, const std::string&) {
    return file.ends_with("cpuset.mems") ? EACCES : 0;
  };

  CHECK(Cgroup::create(tree.hierarchy(), path("/a/b"), {.required = {Controller::cpuset}}).has_error());
  CHECK(tree.directories().empty());
}

TEST_CASE("a hierarchy that may not be written to is left out unless it is required") {
  FakeCgroups tree(Mode::legacy);
  tree.on_mkdir = [](const std::string& made) { return made.starts_with("memory/") ? EACCES : 0; };

  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a")).value();
  CHECK_FALSE(made.controllers().contains(Controller::memory));
  CHECK(made.directory_fd(Controller::memory) == -1);
  const auto required = Cgroup::create(tree.hierarchy(), path("/b"), {.required = {Controller::memory}});
  REQUIRE(required.has_error());
  CHECK((required.error().system == std::errc::permission_denied));
  CHECK_FALSE(tree.has("freezer/b"));
}

TEST_CASE("where nothing may be written to create fails") {
  FakeCgroups tree(Mode::legacy);
  tree.on_mkdir = [](const std::string&) { return EROFS; };
  const auto made = Cgroup::create(tree.hierarchy(), path("/a"));

  REQUIRE(made.has_error());
  CHECK((made.error().system == std::errc::read_only_file_system));
}

TEST_CASE("on a hybrid machine v2 and systemd's hierarchy are joined as well as can be") {
  FakeCgroups tree(Mode::hybrid, "");
  tree.on_mkdir = [](const std::string& made) { return made.starts_with("unified/") ? EAGAIN : 0; };

  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a/b")).value();
  CHECK(made.unified_fd() == -1);
  CHECK_FALSE(tree.has("unified/a"));
  CHECK(tree.has("memory/a/b"));
}

TEST_CASE("below a threaded cgroup new levels are made threaded") {
  FakeCgroups tree(Mode::unified, "cpu memory\n");
  const Cgroup top = Cgroup::create(tree.hierarchy(), path("/a")).value();
  test::write_text(tree / "a/cgroup.type", "domain threaded\n");
  static_cast<void>(tree.take_writes());

  static_cast<void>(top.child("t", {.required = {Controller::cpu}, .wanted = {}}).value());
  CHECK(tree.take_writes() == Lines{"a/cgroup.subtree_control=+cpu", "a/t/cgroup.type=threaded"});
  const auto refused = top.child("u", {.required = {Controller::memory}});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::controller_unavailable);
  CHECK_FALSE(tree.has("a/u"));
}

TEST_CASE("a delegated cgroup and its files are given to their user") {
  FakeCgroups tree(Mode::hybrid, "");
  static_cast<void>(Cgroup::create(tree.hierarchy(), path("/a/b"), {.delegate_to = 1000}).value());

  REQUIRE(tree.owners.size() >= 4);
  CHECK(tree.owners[0] == "unified/a/b=1000");
  CHECK(tree.owners[1] == "unified/a/b/cgroup.procs=1000");
  for (const std::string& owner : tree.owners) CHECK(owner.starts_with("unified/a/b"));
}

TEST_CASE("load opens what is there and makes nothing") {
  FakeCgroups tree(Mode::legacy);
  std::filesystem::create_directories(tree / "memory/a/b");
  const Cgroup loaded = Cgroup::load(tree.hierarchy(), path("/a/b")).value();

  CHECK(loaded.controllers() == ControllerSet{Controller::memory});
  CHECK(tree.directories() == Lines{"memory/a", "memory/a/b"});
  const auto missing = Cgroup::load(tree.hierarchy(), path("/a/c"));
  REQUIRE(missing.has_error());
  CHECK(missing.error().code == Errc::cgroup_not_found);
  CHECK((missing.error().code == std::errc::no_such_file_or_directory));
}

TEST_CASE("load takes the directories that paths gave") {
  FakeCgroups tree(Mode::hybrid, "");
  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/a/b")).value();
  CgroupPaths paths = made.paths();

  CHECK(Cgroup::load(tree.hierarchy(), paths).value().paths() == paths);
  paths.at("cpu") = paths.at("cpuacct") = (tree / "cpu/a/b").string();  // by the symlink that is there by custom
  CHECK(Cgroup::load(tree.hierarchy(), paths).value().paths() == made.paths());
  paths.at("memory") = "/etc/a";
  CHECK(Cgroup::load(tree.hierarchy(), paths).error().code == Errc::invalid_argument);
  paths.at("memory") = (tree / "memory/a/../../../outside").string();
  CHECK(Cgroup::load(tree.hierarchy(), paths).error().code == Errc::invalid_argument);
  CHECK(Cgroup::load(tree.hierarchy(), CgroupPaths{{"rdma", "/a"}}).error().code == Errc::cgroup_not_found);
}

TEST_CASE("the cgroup of a container is read from runc's state and crun's status") {
  FakeCgroups tree(Mode::hybrid, "");
  const Cgroup made = Cgroup::create(tree.hierarchy(), path("/c/web")).value();
  const auto root = tree.outside();
  for (const char* id : {"runc", "crun", "none", "odd"}) std::filesystem::create_directories(root / id);
  test::write_text(root / "runc/state.json",
                   R"({"id":"web","cgroup_paths":{"memory":")" + made.paths().at("memory") + R"("}})");
  test::write_text(root / "crun/status", R"({"pid":1,"cgroup-path":"c/web","scope":null})");
  test::write_text(root / "none/status", R"({"cgroup-path":""})");
  test::write_text(root / "odd/state.json", R"({"cgroup_paths":{"memory":1}})");
  const auto read = [&](std::string_view id) { return read_cgroup_paths(tree.hierarchy(), root, id); };

  CHECK(read("runc").value() == CgroupPaths{{"memory", made.paths().at("memory")}});
  CHECK(read("crun").value() == made.paths());
  CHECK(read("none").error().code == Errc::cgroup_not_found);
  CHECK(read("odd").error().code == Errc::malformed_output);
  CHECK(read("missing").error().code == Errc::container_not_found);
  CHECK(read("../runc").error().code == Errc::invalid_argument);
}
