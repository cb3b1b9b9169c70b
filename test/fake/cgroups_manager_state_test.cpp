// SPDX-License-Identifier: Apache-2.0
// What a Manager tells of its cgroup, and what it does without where it lacks permission, on trees that play cgroup
// file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/manager.hpp>

#include "support/manager_tree.hpp"
#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::ManagerTree;
using test::resources;
using Lines = std::vector<std::string>;
using Pids = std::vector<pid_t>;

namespace {

constexpr int denials[] = {EACCES, EPERM, EROFS};

/// A manager for who may lack permission, at "/a" although no path is given.
ManagerConfig rootless(std::string_view json = "{}") {
  return {.name = "/a", .resources = resources(json), .rootless = true};
}

}  // namespace

TEST_CASE("a manager freezes and thaws and tells the state") {
  for (const Mode mode : {Mode::legacy, Mode::unified}) {
    CAPTURE(std::string(to_string(mode)));
    ManagerTree tree(mode);
    Manager manager = tree.manager({.path = "/a"});
    REQUIRE(manager.apply(42).has_value());

    CHECK(manager.freezer_state().value() == FreezerState::thawed);
    REQUIRE(manager.freeze(FreezerState::frozen).has_value());
    CHECK(manager.freezer_state().value() == FreezerState::frozen);
    REQUIRE(manager.freeze(FreezerState::thawed).has_value());
    CHECK(manager.freeze(FreezerState::freezing).error().code == Errc::invalid_argument);
  }
}

TEST_CASE("without a freezer its state is absent and freezing an error") {
  ManagerTree tree(Mode::legacy, "", {"devices", "memory"});
  Manager manager = tree.manager({.path = "/a"});
  REQUIRE(manager.apply().has_value());

  CHECK_FALSE(manager.freezer_state().value().has_value());
  CHECK(manager.freeze(FreezerState::frozen).error().code == Errc::controller_unavailable);
}

TEST_CASE("OOM kills are counted and absent is not zero") {
  ManagerTree v1(Mode::legacy);
  Manager on_v1 = v1.manager({.path = "/a"});
  REQUIRE(on_v1.apply().has_value());
  CHECK_FALSE(on_v1.oom_kill_count().value().has_value());
  test::write_text(v1 / "memory/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
  CHECK_FALSE(on_v1.oom_kill_count().value().has_value());
  test::write_text(v1 / "memory/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  CHECK(on_v1.oom_kill_count().value() == 3);

  ManagerTree v2(Mode::unified);
  Manager on_v2 = v2.manager({.path = "/a"});
  CHECK(on_v2.oom_kill_count().error().code == Errc::cgroup_not_found);
  REQUIRE(on_v2.apply().has_value());
  test::write_text(v2 / "a/memory.events", "low 0\noom 2\noom_kill 1\n");
  CHECK(on_v2.oom_kill_count().value() == 1);
  test::write_text(v2 / "a/memory.events", "oom_kill many\n");
  CHECK(on_v2.oom_kill_count().error().code == Errc::malformed_output);
}

TEST_CASE("stats are those of the cgroup with an error for each bad file") {
  ManagerTree tree(Mode::unified);
  Manager manager = tree.manager({.path = "/a"});
  REQUIRE(manager.apply().has_value());
  test::write_text(tree / "a/memory.current", "4096\n");
  test::write_text(tree / "a/cpu.stat", "usage_usec what\n");

  const Sample sample = manager.stats(StatMask::memory | StatMask::cpu_time).value();
  REQUIRE(sample.stats.memory.has_value());
  CHECK(sample.stats.memory->usage->usage_bytes == 4096);
  REQUIRE(sample.errors.size() == 1);
  CHECK(sample.errors[0].file == "cpu.stat");
}

TEST_CASE("who is not rootless needs all hierarchies of v1") {
  for (const int error : denials) {
    ManagerTree tree(Mode::legacy);
    tree.on_mkdir = [error](const std::string& made) { return made == "memory/a" ? error : 0; };
    const auto applied = tree.manager({.path = "/a"}).apply(42);

    REQUIRE(applied.has_error());
    CHECK(applied.error().system.value() == error);
    CHECK(applied.error().reason.find("memory/a") != std::string::npos);
    CHECK(tree.directories().empty());
  }
}

TEST_CASE("rootless a controller that may not be made is left out and a limit of it is an error with its name") {
  for (const int error : denials) {
    CAPTURE(error);
    ManagerTree tree(Mode::legacy);
    tree.on_mkdir = [error](const std::string& made) { return made == "memory/a" ? error : 0; };
    Manager manager = tree.manager(rootless(R"({"memory":{"limit":4096}})"));

    REQUIRE(manager.apply(42).has_value());
    CHECK(manager.left_out() == ControllerSet{Controller::memory});
    CHECK_FALSE(manager.path(Controller::memory).has_value());
    CHECK(manager.pids().value() == Pids{42});
    CHECK(manager.set(resources(R"({"cpu":{"shares":512}})")).has_value());
    const auto refused = manager.set(resources(R"({"memory":{"limit":8192}})"));
    CHECK(refused.error().code == Errc::controller_unavailable);
    CHECK(refused.error().reason ==
          "/memory: cannot be set: the cgroup has no controller memory (left out for want of permission: memory)");
    CHECK(manager.config().resources == resources(R"({"memory":{"limit":4096},"cpu":{"shares":512}})"));
  }
}

TEST_CASE("rootless is no excuse for other failures nor with a path that was given") {
  ManagerTree tree(Mode::legacy);
  tree.on_mkdir = [](const std::string& made) { return made == "memory/a" ? ENOSPC : 0; };
  CHECK((tree.manager(rootless()).apply(42).error().system == std::errc::no_space_on_device));
  tree.on_mkdir = [](const std::string& made) { return made == "memory/a" ? EACCES : 0; };
  const auto applied = tree.manager({.path = "/a", .rootless = true}).apply(42);
  REQUIRE(applied.has_error());
  CHECK((applied.error().system == std::errc::permission_denied));
  CHECK(tree.directories().empty());
}

TEST_CASE("rootless a controller that may not be joined is left out and the others are joined") {
  for (const int error : denials) {
    CAPTURE(error);
    ManagerTree tree(Mode::legacy);
    tree.on_write = [error](const std::string& file, const std::string&) {
      return file == "cpuset/a/cgroup.procs" ? error : 0;
    };
    Manager manager = tree.manager(rootless());

    REQUIRE(manager.apply(42).has_value());
    CHECK(manager.left_out() == ControllerSet{Controller::cpuset});
    for (const char* joined : {"cpu,cpuacct", "devices", "freezer", "memory", "systemd"}) {
      CHECK(test::read_text(tree / joined / "a/cgroup.procs") == "42\n");
    }
    CHECK(tree.manager({.path = "/a"}).apply(42).has_error());
  }
}

TEST_CASE("rootless a controller whose first settings are denied is left out with those beside it") {
  ManagerTree tree(Mode::legacy);
  tree.on_write = [](const std::string& file, const std::string&) {
    return file.ends_with("cpu.rt_runtime_us") ? EPERM : 0;
  };
  Manager manager = tree.manager(rootless(R"({"cpu":{"realtimeRuntime":100},"memory":{"limit":4096}})"));

  REQUIRE(manager.apply(42).has_value());
  CHECK(manager.left_out() == ControllerSet{Controller::cpu, Controller::cpuacct});
  CHECK(test::read_text(tree / "memory/a/memory.limit_in_bytes") == "4096");
  CHECK(test::read_text(tree / "cpu,cpuacct/a/cgroup.procs").empty());
  CHECK(manager.pids().value() == Pids{42});
}

TEST_CASE("rootless with no permission at all there is no cgroup and only limits are an error") {
  for (const Mode mode : {Mode::legacy, Mode::unified}) {
    CAPTURE(std::string(to_string(mode)));
    ManagerTree tree(mode);
    tree.on_mkdir = [](const std::string&) { return EACCES; };
    Manager manager = tree.manager(rootless());

    REQUIRE(manager.apply(42).has_value());
    CHECK(manager.left_out() == tree.hierarchy().controllers());
    CHECK(manager.paths().empty());
    CHECK_FALSE(manager.exists());
    CHECK_FALSE(manager.freezer_state().value().has_value());
    CHECK_FALSE(manager.oom_kill_count().value().has_value());
    CHECK(manager.stats().value().errors.empty());
    CHECK(manager.pids().error().code == Errc::cgroup_not_found);
    CHECK(manager.set(resources(R"({"devices":[{"allow":false,"access":"rwm"}]})")).has_value());
    CHECK(manager.set(resources(R"({"memory":{"limit":1}})")).error().code == Errc::controller_unavailable);
    CHECK(manager.destroy().has_value());
  }
}

TEST_CASE("rootless what was left out is had by another apply once it may be") {
  ManagerTree tree(Mode::legacy);
  tree.on_mkdir = [](const std::string& made) { return made.starts_with("freezer/") ? 0 : EACCES; };
  Manager manager = tree.manager(rootless());
  REQUIRE(manager.apply(42).has_value());
  CHECK(manager.left_out() == tree.hierarchy().controllers() - ControllerSet{Controller::freezer});

  tree.on_mkdir = {};
  REQUIRE(manager.apply(42).has_value());
  CHECK(manager.left_out().empty());
  CHECK(test::read_text(tree / "memory/a/cgroup.procs") == "42\n");
}

TEST_CASE("rootless on v2 limits without permission are an error of apply") {
  for (const int error : denials) {
    ManagerTree tree(Mode::unified);
    tree.on_mkdir = [error](const std::string&) { return error; };
    const auto applied = tree.manager(rootless(R"({"memory":{"limit":1},"pids":{"limit":2}})")).apply(42);

    REQUIRE(applied.has_error());
    CHECK(applied.error().system.value() == error);
    CHECK(applied.error().reason.ends_with(": without a cgroup there are no limits of memory pids"));
  }
}

TEST_CASE("rootless on v2 a process that may not be moved is an error") {
  ManagerTree tree(Mode::unified);
  tree.on_write = [](const std::string& file, const std::string&) { return file == "a/cgroup.procs" ? EACCES : 0; };
  CHECK((tree.manager(rootless()).apply(42).error().system == std::errc::permission_denied));
}

TEST_CASE("rootless devices that may not be set stay as they are and all else is set") {
  ManagerTree tree(Mode::legacy);
  tree.on_write = [](const std::string& file, const std::string&) {
    return file.starts_with("devices/a/d") ? EPERM : 0;
  };
  const oci::LinuxResources both = resources(R"({"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":4096}})");
  Manager manager = tree.manager(rootless());
  REQUIRE(manager.apply().has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(manager.set(both).has_value());
  CHECK(tree.take_writes() == Lines{"memory/a/memory.limit_in_bytes=4096"});
  CHECK(manager.config().resources == both);
  Manager with_path = tree.manager({.path = "/a"});
  CHECK((with_path.set(both).error().system == std::errc::operation_not_permitted));
}

TEST_CASE("rootless a process joins below where it may") {
  ManagerTree tree(Mode::legacy);
  Manager manager = tree.manager(rootless());
  REQUIRE(manager.apply().has_value());
  REQUIRE(tree.manager({.path = "/a/b"}).apply().has_value());
  tree.on_write = [](const std::string& file, const std::string&) {
    return file == "cpuset/a/b/cgroup.procs" ? EACCES : 0;
  };

  REQUIRE(manager.add_process("b", 42).has_value());
  CHECK(manager.all_pids().value() == Pids{42});
  CHECK(test::read_text(tree / "memory/a/b/cgroup.procs") == "42\n");
  CHECK(manager.left_out().empty());
}
