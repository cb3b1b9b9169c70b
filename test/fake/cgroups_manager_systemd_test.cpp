// SPDX-License-Identifier: Apache-2.0
// Manager with the driver systemd: what systemd is asked, and what is written to trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <algorithm>

#include <crunc/cgroups/manager.hpp>

#include "support/manager_tree.hpp"
#include "support/plan_text.hpp"
#include "support/property_text.hpp"
#include "support/recorded_units.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::lines;
using test::ManagerTree;
using test::RecordedUnits;
using test::resources;
using Lines = std::vector<std::string>;
using Pids = std::vector<pid_t>;

namespace {

/// A tree, and a systemd that says of every unit that it is where it ought to be.
struct UnitTree : ManagerTree {
  std::shared_ptr<RecordedUnits> units = std::make_shared<RecordedUnits>();

  explicit UnitTree(Mode mode) : ManagerTree(mode) {}

  [[nodiscard]] Result<Manager> make(ManagerConfig config) const {
    config.driver = CgroupDriver::systemd;
    config.units = units;
    return Manager::make(hierarchy(), std::move(config));
  }
  [[nodiscard]] std::string place(ManagerConfig config) const {
    const std::string directory = make(std::move(config)).value().path(Controller::memory).value();
    return std::filesystem::path(directory).lexically_relative(*this / "").string();
  }
};

Lines set_of(const UnitTree& tree) { return lines(tree.units->set_properties.back().second); }

bool is_among(const Lines& all, std::string_view line) { return std::ranges::find(all, line) != all.end(); }

}  // namespace

TEST_CASE("the driver systemd needs somebody who makes units") {
  const ManagerTree tree(Mode::unified);
  const auto made = Manager::make(tree.hierarchy(), {.driver = CgroupDriver::systemd, .path = "::web"});
  CHECK(made.error().code == Errc::invalid_argument);
  CHECK(made.error().message().find("units") != std::string::npos);
}

TEST_CASE("a unit's cgroup is in its slice and a user's below that of its systemd") {
  const UnitTree tree(Mode::unified);
  CHECK(tree.place({.path = "machine-a.slice:crunc:web"}) == "machine.slice/machine-a.slice/crunc-web.scope");
  CHECK(tree.place({.path = "::web"}) == "system.slice/web.scope");
  CHECK(tree.place({.path = "::pods-a.slice"}) == "pods.slice/pods-a.slice");
  CHECK(tree.place({.parent = "pods.slice", .name = "web"}) == "pods.slice/web.scope");
  CHECK(tree.place({.name = "cpu"}) == "system.slice/_cpu.scope");

  tree.units->root_answer = std::string("/user.slice/user-5.slice/user@5.service");
  CHECK(tree.place({.path = ":crunc:web"}) == "user.slice/user-5.slice/user@5.service/user.slice/crunc-web.scope");
}

TEST_CASE("names that systemd has no unit for are refused") {
  const UnitTree tree(Mode::unified);
  for (const char* const bad : {"/a/b", "a:b", "a.slice:b:c:d", "a:b:c", "a--b.slice:x:y", "a.slice:x:"}) {
    CAPTURE(bad);
    CHECK(tree.make({.path = bad}).error().code == Errc::invalid_argument);
  }
  CHECK(tree.make({.path = "::web", .name = "b"}).error().code == Errc::invalid_argument);
  CHECK(tree.make({}).error().code == Errc::invalid_argument);
  tree.units->root_answer = Error(Errc::system_error, "no bus");
  CHECK(tree.make({.path = "::web"}).error().reason == "no bus");
}

TEST_CASE("a scope is asked for with its process and limits and what every unit gets") {
  const UnitTree tree(Mode::unified);
  Manager manager = tree.make({.path = "pods.slice:crunc:web",
                               .resources = resources(R"({"memory":{"limit":4096},"cpu":{"quota":33333}})"),
                               .properties = {{.name = "CollectMode", .value = std::string("inactive")},
                                              {.name = "TimeoutStopUSec", .value = std::uint64_t{9}}}})
                        .value();

  REQUIRE(manager.apply(42).has_value());

  REQUIRE(tree.units->started.size() == 1);
  const UnitRequest& request = tree.units->started[0];
  CHECK(request.name == "crunc-web.scope");
  CHECK(request.slice == "pods.slice");
  CHECK(request.pids == Pids{42});
  CHECK(request.delegate);
  const Lines asked = lines(request.properties);
  CHECK(asked == Lines{"MemoryAccounting b true", "CPUAccounting b true", "TasksAccounting b true",
                       "IOAccounting b true", "DefaultDependencies b false", "MemoryMax t 4096",
                       "CPUQuotaPerSecUSec t 340000", "CollectMode s inactive", "TimeoutStopUSec t 9"});
  CHECK(manager.pids().value() == Pids{42});
}

TEST_CASE("a slice needs no process and is not delegated and a scope is nothing without one") {
  const UnitTree tree(Mode::unified);
  Manager slice = tree.make({.path = "::pods-a.slice"}).value();
  REQUIRE(slice.apply().has_value());
  CHECK(tree.units->started.at(0).name == "pods-a.slice");
  CHECK_FALSE(tree.units->started.at(0).delegate);
  CHECK(tree.units->started.at(0).slice.empty());

  CHECK(tree.make({.path = "::web"}).value().apply().error().code == Errc::invalid_argument);
  CHECK(tree.units->started.size() == 1);
}

TEST_CASE("nothing is made where systemd refuses") {
  const UnitTree tree(Mode::unified);
  tree.units->on_start = [](const UnitRequest&) -> Result<void> { return Error(Errc::already_exists, "web"); };

  CHECK(tree.make({.path = "::web"}).value().apply(42).error().code == Errc::already_exists);
  CHECK(tree.directories().empty());
}

TEST_CASE("the cgroup that systemd says a unit has is the one that is held") {
  const UnitTree tree(Mode::unified);
  tree.units->state_answer = UnitState{.control_group = "/system.slice/_web.scope"};
  Manager manager = tree.make({.path = "::web"}).value();

  REQUIRE(manager.apply(42).has_value());

  CHECK(manager.path(Controller::memory).value() == (tree / "system.slice/_web.scope").string());
}

TEST_CASE("on v1 the controllers that systemd does not know are made and joined") {
  UnitTree tree(Mode::legacy);
  Manager manager = tree.make({.path = "::web"}).value();

  REQUIRE(manager.apply(42).has_value());

  CHECK(is_among(tree.take_writes(), "freezer/system.slice/web.scope/cgroup.procs=42"));
  CHECK(is_among(lines(tree.units->started.at(0).properties), "BlockIOAccounting b true"));
}

TEST_CASE("set goes to systemd and to the files with one quota for both") {
  UnitTree tree(Mode::unified);
  tree.more_files["cpu.max"] = "max 100000\n";
  Manager manager = tree.make({.path = "::web"}).value();
  REQUIRE(manager.apply(42).has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(manager.set(resources(R"({"cpu":{"quota":33333,"period":100000},"memory":{"limit":4096}})")).has_value());
  CHECK(tree.units->set_properties.back().first == "web.scope");
  CHECK(set_of(tree) == Lines{"MemoryMax t 4096", "CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 340000"});
  CHECK(tree.take_writes() ==
        Lines{"system.slice/web.scope/memory.max=4096", "system.slice/web.scope/cpu.max=34000 100000"});

  // Of quota and period the one that is not given is the one in force.
  REQUIRE(manager.set(resources(R"({"cpu":{"period":50000}})")).has_value());
  CHECK(set_of(tree) == Lines{"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 670000"});
  CHECK(tree.take_writes() == Lines{"system.slice/web.scope/cpu.max=33500 50000"});
  REQUIRE(manager.set(resources(R"({"cpu":{"quota":-1}})")).has_value());
  CHECK(set_of(tree) == Lines{"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t max"});
}

TEST_CASE("what is idle no more gets its weight back") {
  UnitTree tree(Mode::unified);
  tree.more_files["cpu.idle"] = "0\n";
  Manager manager = tree.make({.path = "::web", .resources = resources(R"({"cpu":{"shares":512}})")}).value();
  REQUIRE(manager.apply(42).has_value());

  REQUIRE(manager.set(resources(R"({"cpu":{"idle":1}})")).has_value());
  CHECK(set_of(tree) == Lines{"CPUWeight t 0"});
  REQUIRE(manager.set(resources(R"({"cpu":{"idle":0}})")).has_value());
  CHECK(set_of(tree) == Lines{"CPUWeight t 59"});
}

TEST_CASE("what the files would refuse never reaches systemd") {
  UnitTree tree(Mode::unified);
  tree.more_files["memory.current"] = "8192\n";
  Manager manager = tree.make({.path = "::web"}).value();
  REQUIRE(manager.apply(42).has_value());

  CHECK(manager.set(resources(R"({"memory":{"limit":-5}})")).error().code == Errc::invalid_argument);
  CHECK(manager.set(resources(R"({"memory":{"limit":4096,"checkBeforeUpdate":true}})")).error().code ==
        Errc::cgroup_busy);
  CHECK(tree.units->set_properties.empty());
}

TEST_CASE("resources that systemd has no property for go to the files alone") {
  UnitTree tree(Mode::unified);
  tree.more_files["cpu.max.burst"] = "0\n";
  Manager manager = tree.make({.path = "::web"}).value();
  REQUIRE(manager.apply(42).has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(manager.set(resources(R"({"cpu":{"burst":5}})")).has_value());
  CHECK(tree.take_writes() == Lines{"system.slice/web.scope/cpu.max.burst=5"});
  CHECK(tree.units->set_properties.empty());
}

TEST_CASE("processes of v1 stand still while systemd sets devices") {
  UnitTree tree(Mode::legacy);
  tree.more_files["freezer/freezer.state"] = "THAWED\n";
  tree.more_files["freezer/freezer.self_freezing"] = "0\n";
  Manager manager = tree.make({.path = "::web"}).value();
  REQUIRE(manager.apply(42).has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(manager.set(resources(R"({"devices":[{"allow":true,"access":"rwm"}]})")).has_value());

  const Lines written = tree.take_writes();
  const std::string state = "freezer/system.slice/web.scope/freezer.state=";
  REQUIRE(is_among(written, state + "FROZEN"));
  CHECK(is_among(written, state + "THAWED"));
  CHECK(is_among(set_of(tree), "DevicePolicy s auto"));
}

TEST_CASE("a process joins a scope by systemd and a slice by its files") {
  UnitTree tree(Mode::unified);
  Manager manager = tree.make({.path = "::web"}).value();
  REQUIRE(manager.apply(42).has_value());
  Manager slice = tree.make({.path = "::pods.slice"}).value();
  REQUIRE(slice.apply().has_value());
  REQUIRE(tree.manager({.path = "/system.slice/web.scope/a"}).apply().has_value());

  CHECK(manager.add_process("", 43).has_value());
  CHECK(manager.add_process("a", 45).has_value());
  CHECK(manager.add_process("../x", 43).error().code == Errc::invalid_argument);
  CHECK(slice.add_process("", 44).has_value());

  CHECK(tree.units->attached == Lines{"web.scope  43", "web.scope a 45"});
  CHECK(slice.pids().value() == Pids{44});
}

TEST_CASE("a process that is in one hierarchy only keeps its unit") {
  UnitTree tree(Mode::legacy);
  Manager manager = tree.make({.path = "::pods.slice"}).value();
  REQUIRE(manager.apply().has_value());
  tree.put_processes("cpu,cpuacct/pods.slice", "42\n");

  CHECK(manager.destroy().error().code == Errc::cgroup_busy);
  CHECK(tree.units->stopped.empty());
}

TEST_CASE("destroy stops the unit and removes what it left and refuses while there are processes") {
  UnitTree tree(Mode::unified);
  Manager manager = tree.make({.path = "::web"}).value();
  CHECK(manager.destroy().has_value());
  CHECK(tree.units->stopped.empty());
  REQUIRE(manager.apply(42).has_value());

  const auto busy = manager.destroy();
  CHECK(busy.error().code == Errc::cgroup_busy);
  CHECK(busy.error().message().find("42") != std::string::npos);
  CHECK(tree.units->stopped.empty());

  tree.put_processes("system.slice/web.scope", "");
  CHECK(manager.destroy().has_value());
  CHECK(tree.units->stopped == Lines{"web.scope"});
  CHECK_FALSE(manager.exists());
}
