// SPDX-License-Identifier: Apache-2.0
// PodCgroups with the driver systemd: what systemd is asked, and what is done on trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <csignal>

#include <crunc/cgroups/pods.hpp>

#include "support/manager_tree.hpp"
#include "support/plan_text.hpp"
#include "support/recorded_units.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::ManagerTree;
using test::OwnCgroups;
using test::property_of;
using test::RecordedUnits;
using test::resources;

namespace {

constexpr pid_t pid = 42;

struct UnitTree : ManagerTree {
  explicit UnitTree(Mode mode) : ManagerTree(mode) { more_files["cpuset/cpuset.sched_load_balance"] = "1\n"; }

  [[nodiscard]] PodCgroups pods(PodOptions options = {}) const {
    options.units = units;
    return PodCgroups::make("systemd", hierarchy(), std::move(options)).value();
  }

  std::shared_ptr<RecordedUnits> units = std::make_shared<RecordedUnits>();
};

}  // namespace

TEST_CASE("a monitor's scope is in the pod's slice and outlives its container") {
  const UnitTree tree(Mode::unified);
  CHECK_FALSE(tree.pods().move_conmon("c1", "/a.slice/a-b.slice", "pod", pid).value().has_value());

  REQUIRE(tree.units->started.size() == 1);
  const UnitRequest& request = tree.units->started[0];
  CHECK(request.name == "crio-conmon-c1.scope");
  CHECK(request.slice == "a-b.slice");
  CHECK(request.pids == std::vector<pid_t>{pid});
  CHECK(request.delegate);
  CHECK(request.timeout == std::chrono::minutes(6));
  CHECK(property_of<std::int32_t>(request, "KillSignal") == SIGPIPE);
  CHECK(property_of<std::vector<std::string>>(request, "After") == std::vector<std::string>{"crio.service"});
  CHECK(property_of<bool>(request, "DefaultDependencies") == false);
  CHECK(property_of<std::string>(request, "CollectMode") == "inactive-or-failed");
  CHECK(request.properties.size() == 4);
  CHECK(tree.directories().empty());
}

TEST_CASE("a monitor's scope is in the slice that is given for it or in the default") {
  const UnitTree tree(Mode::unified);
  const PodCgroups pods = tree.pods({.prefix = "pods", .service = {}, .timeout = std::chrono::seconds(9)});
  REQUIRE(pods.move_conmon("c1", "a.slice", "monitors-all.slice", pid).has_value());
  REQUIRE(pods.move_conmon("c1", "", "", pid).has_value());

  CHECK(tree.units->started[0].slice == "monitors-all.slice");
  CHECK(tree.units->started[0].name == "pods-conmon-c1.scope");
  CHECK(tree.units->started[0].timeout == std::chrono::seconds(9));
  CHECK_FALSE(property_of<std::vector<std::string>>(tree.units->started[0], "After").has_value());
  CHECK(tree.units->started[1].slice == "system.slice");
}

TEST_CASE("8A-12 limits of CPU are properties that systemd knows and the others are left out") {
  const UnitTree tree(Mode::unified);
  const auto limits = resources(R"({"cpu":{"shares":512,"quota":20000,"period":100000},"memory":{"limit":4096}})");
  REQUIRE(tree.pods().move_conmon("c1", "a.slice", "pod", pid, limits).has_value());

  const UnitRequest& request = tree.units->started[0];
  CHECK(property_of<std::uint64_t>(request, "CPUQuotaPerSecUSec") == 200'000);
  CHECK(property_of<std::uint64_t>(request, "CPUWeight").has_value());
  for (const UnitProperty& property : request.properties) {
    CHECK(property.name != "CPUQuota");
    CHECK(property.name != "CPUQuotaPeriodSec");
    CHECK(property.name != "MemoryMax");
  }
}

TEST_CASE("on v1 systemd has no cpuset so the monitor's is made and is to be removed") {
  UnitTree tree(Mode::legacy);
  const OwnCgroups home(tree, "", pid);
  const auto moved = tree.pods().move_conmon("c1", "a-b.slice", "pod", pid, resources(R"({"cpu":{"cpus":"1"}})"));

  CHECK(moved.value().value().str() == "/a.slice/a-b.slice/crio-conmon-c1.scope");
  CHECK(tree.units->started.size() == 1);
  CHECK(test::read_text(tree / "cpuset/a.slice/a-b.slice/crio-conmon-c1.scope/cpuset.cpus") == "1");
  CHECK(test::read_text(tree / "cpuset/a.slice/a-b.slice/crio-conmon-c1.scope/cgroup.procs") == "42\n");
  CHECK_FALSE(tree.has("memory/a.slice"));
  CHECK_FALSE(tree.pods().move_conmon("c2", "a.slice", "", pid, resources(R"({"cpu":{"shares":2}})")).value());
}

TEST_CASE("a scope that is not made leaves nothing behind") {
  UnitTree tree(Mode::legacy);
  const OwnCgroups home(tree, "", pid);
  tree.units->on_start = [](const UnitRequest&) { return Error(Errc::timed_out, "the job"); };
  for (const char* json : {R"({"cpu":{"shares":512}})", R"({"cpu":{"cpus":"1"}})"}) {
    CHECK(tree.pods().move_conmon("c1", "a-b.slice", "pod", pid, resources(json)).error().code == Errc::timed_out);
    CHECK(tree.directories().empty());
  }
}

TEST_CASE("a scope whose cpuset cannot be joined is stopped once its process is back") {
  UnitTree tree(Mode::legacy);
  REQUIRE(tree.manager({.path = "/home"}).apply(pid).has_value());
  const OwnCgroups home(tree, "4:memory:/home\n2:cpuset:/home\n", pid);
  const auto before = tree.directories();
  tree.on_write = [](const std::string& file, const std::string&) {
    return file == "cpuset/a.slice/crio-conmon-c1.scope/cgroup.procs" ? EIO : 0;
  };
  const auto moved = tree.pods().move_conmon("c1", "a.slice", "pod", pid, resources(R"({"cpu":{"cpus":"1"}})"));
  CHECK((moved.error().system == std::errc::io_error));
  CHECK(tree.units->stopped == std::vector<std::string>{"crio-conmon-c1.scope"});
  CHECK(tree.directories() == before);
}

TEST_CASE("a monitor's slice that cannot be is refused with what it may be") {
  const UnitTree tree(Mode::unified);
  const Error error = tree.pods().move_conmon("c1", "a.slice", "/system", pid).error();
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.reason.find("\"pod\" or the name of a slice") != std::string::npos);
  CHECK(tree.pods().move_conmon("c1", "/pod", "pod", pid).error().code == Errc::invalid_argument);
  tree.units->version_answer = Error(Errc::timed_out, "systemd");
  CHECK(tree.pods().move_conmon("c1", "a.slice", "pod", pid).error().code == Errc::timed_out);
  CHECK(tree.units->started.empty());
}

TEST_CASE("the managers of a slice and of its scope are where their paths say and have the units") {
  UnitTree tree(Mode::unified);
  REQUIRE(tree.manager({.path = "/a.slice/a-b.slice/crio-c1.scope/container"}).apply().has_value());
  const PodManagers all = tree.pods().managers("a-b.slice", "c1").value();

  CHECK(all.pod.path(Controller::memory) == (tree / "a.slice/a-b.slice").string());
  CHECK(all.pod.config().units == tree.units);
  REQUIRE(all.container.size() == 2);
  CHECK(all.container[0].path(Controller::memory) == (tree / "a.slice/a-b.slice/crio-c1.scope").string());
  CHECK(all.container[0].config().units == tree.units);
  CHECK(all.container[0].config().conversion.skip_devices);
  CHECK(all.container[1].path(Controller::memory) == (tree / "a.slice/a-b.slice/crio-c1.scope/container").string());
  CHECK(all.container[1].config().driver == CgroupDriver::cgroupfs);
}

TEST_CASE("a sandbox of a slice is a directory in it") {
  for (const Mode mode : {Mode::legacy, Mode::unified}) {
    UnitTree tree(mode);
    const PodCgroups pods = tree.pods();
    const std::string in = mode == Mode::unified ? "" : "memory/";
    REQUIRE(pods.create_sandbox("a-b.slice", "s1").has_value());
    CHECK(tree.has(in + "a.slice/a-b.slice/crio-s1"));
    REQUIRE(pods.remove_sandbox("/a.slice/a-b.slice", "s1").has_value());
    CHECK_FALSE(tree.has(in + "a.slice/a-b.slice/crio-s1"));
    CHECK(tree.has(in + "a.slice/a-b.slice"));
    CHECK(tree.units->started.empty());
  }
}

TEST_CASE("without a parent no sandbox is made with systemd") {
  UnitTree tree(Mode::unified);
  CHECK(tree.pods().create_sandbox("", "s1").has_value());
  CHECK(tree.pods().remove_sandbox("", "s1").has_value());
  CHECK(tree.directories().empty());
}

TEST_CASE("statistics of a scope and of its slice are read from their cgroups") {
  UnitTree tree(Mode::unified);
  REQUIRE(tree.manager({.path = "/a.slice/a-b.slice/crio-c1.scope/container"}).apply().has_value());
  test::write_text(tree / "a.slice/a-b.slice/crio-c1.scope/memory.current", "8192\n");
  test::write_text(tree / "a.slice/a-b.slice/memory.current", "16384\n");
  const PodCgroups pods = tree.pods();
  CHECK(pods.container_stats("a-b.slice", "c1").value().memory.usage == 8192);
  CHECK(pods.sandbox_stats("a-b.slice").value().memory.usage == 16384);
  CHECK(pods.sandbox_stats("a-c.slice").error().code == Errc::cgroup_not_found);
  CHECK(pods.sandbox_stats("").error().code == Errc::invalid_argument);
}

TEST_CASE("an exec cgroup of a scope is below what crun has made in it") {
  UnitTree tree(Mode::unified);
  const PodCgroups pods = tree.pods();
  const std::string path = pods.container_path("a-b.slice", "c1").value();
  CHECK(pods.exec(path).value().path(Controller::memory) == (tree / "a.slice/a-b.slice/crio-c1.scope/exec").string());
  REQUIRE(tree.manager({.path = "/a.slice/a-b.slice/crio-c1.scope/container"}).apply().has_value());
  CHECK(pods.exec(path).value().path(Controller::memory) ==
        (tree / "a.slice/a-b.slice/crio-c1.scope/container/exec").string());
  CHECK(pods.exec("/a/b").error().code == Errc::invalid_argument);
  CHECK(pods.exec("").error().code == Errc::invalid_argument);
}
