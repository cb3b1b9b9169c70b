// SPDX-License-Identifier: Apache-2.0
// PodCgroups with the systemd that runs here.
#include <doctest/doctest.h>

#include <unistd.h>

#include <crunc/cgroups/pods.hpp>
#include <crunc/cgroups/systemd.hpp>

#include "support/plan_text.hpp"
#include "support/puppet.hpp"
#include "support/requirements.hpp"
#include "support/systemctl.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::Puppet;
using test::resources;
using test::unit_property;
using Pids = std::vector<pid_t>;

namespace {

constexpr std::int64_t mebibyte = 1024L * 1024;

bool is_skipped() { return test::skip_unless_root() || test::skip_unless_systemd(); }

/// The slice of a pod, as a kubelet makes it with systemd; it goes with this object, and all in it.
class Pod {
 public:
  Hierarchy hierarchy = Hierarchy::system().value();
  std::shared_ptr<Systemd> systemd = Systemd::system();
  PodCgroups pods = PodCgroups::make("systemd", hierarchy, {.units = systemd, .service = {}}).value();
  std::string top = "cruncpods" + std::to_string(::getpid()) + ".slice";
  std::string parent = "cruncpods" + std::to_string(::getpid()) + "-pod1.slice";
  Manager manager = Manager::make(hierarchy, {.driver = CgroupDriver::systemd,
                                              .path = "::" + parent,
                                              .resources = resources(R"({"memory":{"limit":67108864}})"),
                                              .conversion = {.skip_devices = true},
                                              .units = systemd})
                        .value();

  Pod() { REQUIRE(manager.apply().has_value()); }
  ~Pod() {
    if (auto left = Cgroup::load(hierarchy, manager.paths())) static_cast<void>(left->kill(5s));
    CHECK(manager.destroy().has_value());
    CHECK(systemd->stop(top, 30s).has_value());
  }
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  [[nodiscard]] std::string place_of(pid_t pid) const {
    return CgroupPath::of_pid(hierarchy, pid, Controller::memory).value().str();
  }
};

}  // namespace

TEST_CASE("a pod with systemd from its slice to its end") {
  if (is_skipped()) return;
  const Pod pod;
  const Puppet process;
  CHECK(pod.pods.sandbox_path(pod.parent, "s1").value() == SandboxPath{pod.parent, pod.parent + ":crio:s1"});
  CHECK(pod.pods.sandbox_path(pod.parent, "s1", 65 * mebibyte).error().code == Errc::invalid_argument);

  Manager container = Manager::make(pod.hierarchy, {.driver = CgroupDriver::systemd,
                                                    .path = pod.pods.container_path(pod.parent, "c1").value(),
                                                    .conversion = {.skip_devices = true},
                                                    .units = pod.systemd})
                          .value();
  REQUIRE(container.apply(process.pid()).has_value());
  CHECK(pod.place_of(process.pid()) == pod.pods.container_absolute_path(pod.parent, "c1").value().str());
  CHECK(unit_property("crio-c1.scope", "Slice") == pod.parent);
  CHECK(pod.pods.container_stats(pod.parent, "c1").value().pid.current == 1);
  CHECK(pod.pods.sandbox_stats(pod.parent).value().memory.limit == 64 * mebibyte);
  CHECK(pod.pods.sandbox_processes(pod.parent).value().pids == Pids{process.pid()});
  const Puppet probe;
  REQUIRE(move_process_to_container(pod.hierarchy, process.pid(), probe.pid()).has_value());
  CHECK(pod.pods.container_processes(pod.parent, "c1").value().pids.size() == 2);

  REQUIRE(pod.pods.create_sandbox(pod.parent, "s1").has_value());
  REQUIRE(pod.pods.remove_sandbox(pod.parent, "s1").has_value());
}

TEST_CASE("8A-12 a monitor has a scope of systemd with limits that systemd knows") {
  if (is_skipped()) return;
  Pod pod;
  const Puppet monitor;

  const auto moved = pod.pods.move_conmon("c1", pod.parent, "pod", monitor.pid(),
                                          resources(R"({"cpu":{"shares":512,"quota":50000,"period":100000}})"));

  REQUIRE(moved.has_value());
  CHECK_FALSE(moved->has_value());
  CHECK(pod.place_of(monitor.pid()).ends_with("/" + pod.parent + "/crio-conmon-c1.scope"));
  CHECK(unit_property("crio-conmon-c1.scope", "CPUQuotaPerSecUSec") == "500ms");
  CHECK(unit_property("crio-conmon-c1.scope", "KillSignal") == "13");
  CHECK(pod.pods.move_conmon("c1", pod.parent, "pod", monitor.pid()).error().code == Errc::already_exists);
  // On v1 it is in systemd's hierarchies only.
  CHECK(pod.manager.destroy().error().code == Errc::cgroup_busy);
}
