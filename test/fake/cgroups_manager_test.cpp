// SPDX-License-Identifier: Apache-2.0
// Manager on trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include <crunc/cgroups/manager.hpp>

#include "support/manager_tree.hpp"
#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::ManagerTree;
using test::OwnCgroups;
using test::resources;
using Lines = std::vector<std::string>;
using Pids = std::vector<pid_t>;

namespace {

Errc refusal(const ManagerTree& tree, ManagerConfig config) {
  return Manager::make(tree.hierarchy(), std::move(config)).error().code;
}

bool is_among(const Lines& lines, std::string_view line) { return std::ranges::find(lines, line) != lines.end(); }

}  // namespace

TEST_CASE("a manager says where its cgroup will be and makes nothing") {
  const ManagerTree tree(Mode::hybrid);
  const Manager manager = tree.manager({.path = "/a/b"});

  CHECK(tree.directories().empty());
  CHECK(manager.paths().at("") == (tree / "unified/a/b").string());
  CHECK(manager.paths().at("name=systemd") == (tree / "systemd/a/b").string());
  CHECK(manager.path(Controller::cpuacct) == (tree / "cpu,cpuacct/a/b").string());
  CHECK_FALSE(manager.path(Controller::rdma).has_value());
  CHECK(manager.config().path == "/a/b");
  CHECK_FALSE(manager.exists());
  CHECK(manager.pids().error().code == Errc::cgroup_not_found);
  CHECK(manager.stats().error().code == Errc::cgroup_not_found);
  CHECK_FALSE(manager.freezer_state().value().has_value());
}

TEST_CASE("on v2 every controller has the one path") {
  const ManagerTree tree(Mode::unified);
  const Manager manager = tree.manager({.parent = "/a", .name = "b"});

  CHECK(manager.paths() == CgroupPaths{{"", (tree / "a/b").string()}});
  CHECK(manager.path(Controller::devices) == (tree / "a/b").string());
}

TEST_CASE("a cgroup is named by a path or by parent and name") {
  const ManagerTree tree(Mode::unified);
  const auto place = [&](ManagerConfig config) {
    return std::filesystem::path(tree.manager(std::move(config)).paths().at("")).lexically_relative(tree / "").string();
  };

  CHECK(place({.path = "/a/b/"}) == "a/b");
  CHECK(place({.parent = "/", .name = "b"}) == "b");
  CHECK(place({.parent = "/a/", .name = "b/c"}) == "a/b/c");
  CHECK(place({.name = "/b"}) == "b");
  CHECK(refusal(tree, {.path = "/a", .name = "b"}) == Errc::invalid_argument);
  CHECK(refusal(tree, {.path = "/a", .parent = "/b"}) == Errc::invalid_argument);
  CHECK(refusal(tree, {}) == Errc::invalid_argument);
  CHECK(refusal(tree, {.path = "/a/../b"}) == Errc::invalid_argument);
  CHECK(refusal(tree, {.parent = "..", .name = "b"}) == Errc::invalid_argument);
  CHECK(refusal(tree, {.path = "system.slice:crunc:web"}) == Errc::invalid_argument);
}

TEST_CASE("a relative path is below the own cgroup of each hierarchy of v1") {
  const ManagerTree tree(Mode::hybrid);
  const OwnCgroups own(tree,
                       "4:memory:/m\n3:cpu,cpuacct:/c/d\n2:cpuset,devices:/\n1:name=systemd:/s\n0::/u\n5:freezer:/f\n");
  const Manager manager = tree.manager({.name = "x"});

  CHECK(manager.path(Controller::memory) == (tree / "memory/m/x").string());
  CHECK(manager.path(Controller::cpu) == (tree / "cpu,cpuacct/c/d/x").string());
  CHECK(manager.path(Controller::devices) == (tree / "devices/x").string());
  CHECK(manager.paths().at("name=systemd") == (tree / "systemd/s/x").string());
  CHECK(manager.paths().at("") == (tree / "unified/u/x").string());
}

TEST_CASE("a relative path is beside the own cgroup on v2") {
  const ManagerTree tree(Mode::unified);
  const auto place = [&](std::string_view own_cgroup) {
    const OwnCgroups own(tree, own_cgroup);
    return tree.manager({.path = "x/y"}).paths().at("");
  };

  CHECK(place("0::/user/shell\n") == (tree / "user/x/y").string());
  CHECK(place("0::/shell\n") == (tree / "x/y").string());
  CHECK(place("0::/\n") == (tree / "x/y").string());
}

TEST_CASE("an own cgroup that is not seen here is nothing to begin from") {
  const ManagerTree unified(Mode::unified);
  const OwnCgroups own(unified, "0::/../outside\n");
  CHECK(refusal(unified, {.name = "x"}) == Errc::cgroup_not_found);
  CHECK(unified.manager({.path = "/x"}).paths().size() == 1);
}

TEST_CASE("a missing hierarchy of devices is fatal unless devices are skipped") {
  const ManagerTree tree(Mode::legacy, "", {"memory"});
  CHECK(refusal(tree, {.path = "/a"}) == Errc::controller_unavailable);
  CHECK(tree.manager({.path = "/a", .conversion = {.skip_devices = true}}).apply().has_value());
  CHECK(tree.directories() == Lines{"memory/a"});
}

TEST_CASE("apply makes and limits and then joins on v1 and set does the rest") {
  ManagerTree tree(Mode::legacy);
  Manager manager = tree.manager(
      {.path = "/a",
       .resources = resources(R"({"memory":{"limit":4096},"cpu":{"shares":512,"realtimeRuntime":100,"cpus":"1"}})")});

  REQUIRE(manager.apply(42).has_value());
  const Lines applied = tree.take_writes();
  CHECK(applied == Lines{"cpuset/a/cpuset.cpus=0-3", "cpuset/a/cpuset.mems=0", "cpuset/a/cpuset.cpus=1",
                         "memory/a/memory.limit_in_bytes=4096", "cpu,cpuacct/a/cpu.rt_runtime_us=100",
                         "cpu,cpuacct/a/cgroup.procs=42", "cpuset/a/cgroup.procs=42", "devices/a/cgroup.procs=42",
                         "freezer/a/cgroup.procs=42", "memory/a/cgroup.procs=42", "systemd/a/cgroup.procs=42"});
  CHECK(manager.pids().value() == Pids{42});
  REQUIRE(manager.set(manager.config().resources).has_value());
  CHECK(is_among(tree.take_writes(), "cpu,cpuacct/a/cpu.shares=512"));
}

TEST_CASE("apply without a process makes only") {
  ManagerTree tree(Mode::unified);
  Manager manager = tree.manager({.path = "/a/b", .owner_uid = 1000});

  REQUIRE(manager.apply().has_value());
  CHECK(tree.take_writes() ==
        Lines{"cgroup.subtree_control=+cpu +memory +pids", "a/cgroup.subtree_control=+cpu +memory +pids"});
  CHECK(tree.owners.front() == "a/b=1000");
  CHECK(manager.exists());
  CHECK(manager.pids().value().empty());
  CHECK(manager.apply(0).error().code == Errc::invalid_argument);
  REQUIRE(manager.apply(42).has_value());
  CHECK(manager.pids().value() == Pids{42});
}

TEST_CASE("on v2 a controller that the resources ask for must be had") {
  ManagerTree tree(Mode::unified);
  tree.on_write = [](const std::string& file, const std::string&) {
    return file == "cgroup.subtree_control" ? EBUSY : 0;
  };
  Manager limited = tree.manager({.path = "/a", .resources = resources(R"({"memory":{"limit":4096}})")});
  const auto refused = limited.apply(42);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::cgroup_busy);
  CHECK(refused.error().reason.starts_with("memory: "));
  CHECK(tree.directories().empty());

  CHECK(tree.manager({.path = "/a"}).apply(42).has_value());
}

TEST_CASE("resources that cannot be are refused before anything is made") {
  ManagerTree tree(Mode::legacy);
  const auto code = [&](std::string_view json) {
    return tree.manager({.path = "/a", .resources = resources(json)}).apply(42).error().code;
  };

  CHECK(code(R"({"unified":{"memory.high":"1"}})") == Errc::unsupported);
  CHECK(code(R"({"pids":{"limit":1}})") == Errc::controller_unavailable);
  CHECK(code(R"({"memory":{"limit":-5}})") == Errc::invalid_argument);
  CHECK(tree.directories().empty());
}

TEST_CASE("set keeps what it is not given and is in the config when it succeeded") {
  ManagerTree tree(Mode::unified);
  Manager manager = tree.manager({.path = "/a", .resources = resources(R"({"pids":{"limit":7}})")});
  REQUIRE(manager.set({}).has_value());  // even of no cgroup
  CHECK(manager.set(resources(R"({"pids":{"limit":8}})")).error().code == Errc::cgroup_not_found);
  REQUIRE(manager.apply().has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(manager.set(resources(R"({"memory":{"limit":4096}})")).has_value());
  CHECK(tree.take_writes() == Lines{"a/memory.max=4096"});
  const oci::LinuxResources both = resources(R"({"memory":{"limit":4096},"pids":{"limit":7}})");
  CHECK(manager.config().resources == both);
  tree.on_write = [](const std::string&, const std::string&) { return EINVAL; };
  const auto failed = manager.set(resources(R"({"memory":{"limit":8192}})"));
  CHECK(failed.error().reason.find("memory.max") != std::string::npos);
  CHECK(manager.config().resources == both);
}

TEST_CASE("set of the unified map on v1 is an error that names its entry") {
  ManagerTree tree(Mode::legacy);
  Manager manager = tree.manager({.path = "/a"});
  REQUIRE(manager.apply().has_value());

  const auto refused = manager.set(resources(R"({"unified":{"memory.high":"1"}})"));
  CHECK(refused.error().code == Errc::unsupported);
  CHECK(refused.error().reason.find("memory.high") != std::string::npos);
  CHECK(manager.config().resources == oci::LinuxResources{});
}

TEST_CASE("8A-10 a process joins a cgroup below and no other") {
  ManagerTree tree(Mode::legacy);
  Manager manager = tree.manager({.path = "/a"});
  REQUIRE(manager.apply().has_value());
  REQUIRE(tree.manager({.path = "/a/b/c"}).apply().has_value());
  REQUIRE(tree.manager({.path = "/a-suffix"}).apply().has_value());
  std::filesystem::create_directories(tree / "memory/a/partial");
  static_cast<void>(tree.take_writes());

  for (const char* escape : {"../a-suffix", "/a-suffix", "..", ".", "b/../../a-suffix", "b//c", "b/"}) {
    CAPTURE(escape);
    CHECK(manager.add_process(escape, 42).error().code == Errc::invalid_argument);
  }
  CHECK(manager.add_process("x", 42).error().code == Errc::cgroup_not_found);
  const auto partial = manager.add_process("partial", 42);
  CHECK(partial.error().code == Errc::cgroup_not_found);
  CHECK(partial.error().reason == "/a/partial in the hierarchies of cpu cpuacct cpuset devices freezer");
  CHECK(tree.take_writes().empty());
  REQUIRE(manager.add_process("b/c", 42).has_value());
  REQUIRE(manager.add_process("", 43).has_value());
  CHECK(manager.pids().value() == Pids{43});
  CHECK(manager.all_pids().value() == Pids{42, 43});
}

TEST_CASE("a manager of given directories holds the cgroup that is there") {
  ManagerTree tree(Mode::hybrid);
  Manager first = tree.manager({.path = "/a"});
  REQUIRE(first.apply(42).has_value());
  const auto load = [&](CgroupPaths paths) { return Manager::load(tree.hierarchy(), {.name = "a"}, std::move(paths)); };

  CHECK(load(first.paths()).value().pids().value() == Pids{42});
  CHECK(load(first.paths()).value().paths() == first.paths());
  CHECK(load({{"memory", "/etc/a"}}).error().code == Errc::invalid_argument);
  CHECK(load({}).error().code == Errc::invalid_argument);
  Manager later = load({{"memory", (tree / "memory/z").string()}, {"devices", (tree / "devices/y").string()}}).value();
  CHECK_FALSE(later.exists());
  REQUIRE(later.apply(43).has_value());
  CHECK(tree.has("memory/z/cgroup.procs"));
  CHECK(tree.has("devices/y/cgroup.procs"));
  CHECK_FALSE(tree.has("memory/y"));
}

TEST_CASE("a cgroup is destroyed with those below and once more is no failure") {
  ManagerTree tree(Mode::legacy);
  Manager manager = tree.manager({.path = "/a"});
  CHECK(manager.destroy().has_value());
  REQUIRE(manager.apply().has_value());
  REQUIRE(tree.manager({.path = "/a/b"}).apply().has_value());

  REQUIRE(manager.destroy().has_value());
  CHECK(tree.directories().empty());
  CHECK_FALSE(manager.exists());
  Manager namesake = tree.manager({.path = "/a"});
  REQUIRE(namesake.apply().has_value());
  CHECK(manager.destroy().has_value());
  CHECK(manager.pids().error().code == Errc::cgroup_gone);
  CHECK(manager.add_process("b", 42).error().code == Errc::cgroup_gone);
  CHECK_FALSE(manager.freezer_state().value().has_value());
  CHECK(namesake.exists());
  REQUIRE(manager.apply(42).has_value());
  CHECK(namesake.pids().value() == Pids{42});
}

TEST_CASE("a cgroup that another has made is found at its path and removed") {
  ManagerTree tree(Mode::unified);
  Manager manager = tree.manager({.path = "/a"});
  REQUIRE(tree.manager({.path = "/a"}).apply(42).has_value());

  CHECK(manager.exists());
  CHECK(manager.pids().value() == Pids{42});
  CHECK(manager.cgroup().value()->path().str() == "/a");
  tree.put_processes("a", "");
  REQUIRE(manager.destroy().has_value());
  CHECK(tree.directories().empty());
}
