// SPDX-License-Identifier: Apache-2.0
// PodCgroups on this machine's cgroups, whichever version they are of, with processes and runtimes that are real.
#include <doctest/doctest.h>

#include <algorithm>

#include <unistd.h>

#include <crunc/cgroups/pods.hpp>

#include "support/console_peer.hpp"
#include "support/plan_text.hpp"
#include "support/real_runtime.hpp"
#include "support/recorded_units.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::LivingProcess;
using test::RealRuntime;
using test::resources;
using Pids = std::vector<pid_t>;

namespace {

constexpr std::int64_t mebibyte = 1024L * 1024;

bool is_skipped() {
  return test::skip_unless_root() || test::skip_unless(detect() != Mode::unavailable, "no cgroups") ||
         test::skip_unless(Hierarchy::system().value().has(Controller::memory), "no memory controller");
}

/// The cgroup of a pod, as a kubelet makes it with cgroupfs; it goes with this object, and all below it.
class Pod {
 public:
  Hierarchy hierarchy = Hierarchy::system().value();
  PodCgroups pods = PodCgroups::make("cgroupfs", hierarchy).value();
  std::string top = "/crunc-pods-" + std::to_string(::getpid());
  std::string parent = top + "/pod1";
  Manager manager = pods.sandbox(parent).value();

  Pod() { REQUIRE(manager.apply().has_value()); }
  ~Pod() {
    if (auto all = load(top)) {
      static_cast<void>(all->kill(5s));
      CHECK(all->remove().has_value());
    }
    CHECK_FALSE(load(top).has_value());
  }
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  [[nodiscard]] Result<Cgroup> load(const std::string& path) const {
    return Cgroup::load(hierarchy, CgroupPath::parse(path).value());
  }
  /// Where a process is in the hierarchy of the memory controller.
  [[nodiscard]] std::string place_of(pid_t pid) const {
    return CgroupPath::of_pid(hierarchy, pid, Controller::memory).value().str();
  }
};

}  // namespace

TEST_CASE("a pod with cgroupfs from its sandbox to its end") {
  if (is_skipped()) return;
  const LivingProcess process;
  Pod pod;
  REQUIRE(pod.manager.set(resources(R"({"memory":{"limit":67108864}})")).has_value());
  CHECK(pod.pods.sandbox_path(pod.parent, "s1").value() == SandboxPath{pod.parent, pod.parent + "/crio-s1"});
  CHECK(pod.pods.sandbox_path(pod.parent, "s1", 65 * mebibyte).error().code == Errc::invalid_argument);

  REQUIRE(pod.pods.create_sandbox(pod.parent, "s1").has_value());
  CHECK(pod.load(pod.parent + "/crio-s1").has_value());
  REQUIRE(pod.pods.create_sandbox(pod.parent, "s1").has_value());
  Manager container = pod.pods.container(pod.parent, "c1").value();
  REQUIRE(container.apply(process.pid()).has_value());
  CHECK(pod.place_of(process.pid()) == pod.pods.container_absolute_path(pod.parent, "c1").value().str());

  const crio::CgroupStats of_container = pod.pods.container_stats(pod.parent, "c1").value();
  const crio::CgroupStats of_pod = pod.pods.sandbox_stats(pod.parent).value();
  CHECK(of_container.pid.current == 1);
  CHECK(of_container.memory.available_bytes == 0);
  CHECK(of_pod.memory.limit == 67108864);
  CHECK(of_pod.memory.available_bytes <= 67108864);
  CHECK(of_pod.memory.available_bytes > 0);
  const crio::ProcessStats processes = pod.pods.sandbox_processes(pod.parent).value();
  CHECK(processes.pids == Pids{process.pid()});
  CHECK(processes.threads == 1);
  CHECK(processes.ulimits_soft > 0);

  REQUIRE(pod.pods.remove_sandbox(pod.parent, "s1").has_value());
  CHECK_FALSE(pod.load(pod.parent + "/crio-s1").has_value());
  CHECK(pod.pods.remove_sandbox(pod.parent, "s1").has_value());
}

TEST_CASE("on v1 a sandbox balances no load") {
  if (is_skipped()) return;
  Pod pod;
  const bool is_on_v1 = pod.hierarchy.has(Controller::cpuset) && !pod.hierarchy.on_v2(Controller::cpuset);
  if (test::skip_unless(is_on_v1, "no cpuset controller on v1")) return;
  REQUIRE(pod.pods.create_sandbox(pod.parent, "s1").has_value());
  const std::string directory = pod.load(pod.parent + "/crio-s1").value().paths().at("cpuset");
  CHECK(test::read_text(directory + "/cpuset.sched_load_balance") == "0\n");
  CHECK(test::read_text(directory + "/cpuset.cpus").size() > 1);
}

TEST_CASE("a monitor is moved beside its container with limits of CPU") {
  if (is_skipped()) return;
  const LivingProcess monitor;
  Pod pod;
  const auto moved = pod.pods.move_conmon("c1", pod.parent, "pod", monitor.pid(),
                                          resources(R"({"cpu":{"shares":512,"cpus":"0"},"pids":{"limit":1}})"));
  REQUIRE(moved.has_value());
  REQUIRE(moved->has_value());
  CHECK((*moved)->str() == pod.parent + "/crio-conmon-c1");
  CHECK(pod.place_of(monitor.pid()) == (*moved)->str());
  auto cgroup = Cgroup::load(pod.hierarchy, **moved).value();
  CHECK(cgroup.processes().value() == Pids{monitor.pid()});
  const Sample sample = read_stats(directories_of(cgroup)).value();
  CHECK(sample.stats.pids->limit.unlimited());

  REQUIRE(cgroup.kill(5s).has_value());
  CHECK(cgroup.remove().has_value());
}

TEST_CASE("a monitor that cannot be moved stays where it was") {
  if (is_skipped()) return;
  const LivingProcess monitor;
  Pod pod;
  const std::string home = pod.place_of(monitor.pid());
  CHECK(pod.pods.move_conmon("c1", pod.parent, "pod", monitor.pid(), resources(R"({"cpu":{"cpus":"4000"}})"))
            .has_error());
  CHECK(pod.place_of(monitor.pid()) == home);
  CHECK_FALSE(pod.load(pod.parent + "/crio-conmon-c1").has_value());
}

TEST_CASE("a probe joins its container and an exec cgroup is below it on v2") {
  if (is_skipped()) return;
  const LivingProcess process;
  const LivingProcess probe;
  Pod pod;
  Manager container = pod.pods.container(pod.parent, "c1").value();
  REQUIRE(container.apply(process.pid()).has_value());
  REQUIRE(move_process_to_container(pod.hierarchy, process.pid(), probe.pid()).has_value());
  CHECK(container.pids().value().size() == 2);
  CHECK(pod.place_of(probe.pid()) == pod.place_of(process.pid()));

  auto exec = pod.pods.exec(pod.pods.container_path(pod.parent, "c1").value());
  if (!test::on_cgroup_v2()) {
    CHECK(exec.error().code == Errc::unsupported);
    return;
  }
  REQUIRE(exec->apply(probe.pid()).has_value());
  CHECK(CgroupPath::of_pid(pod.hierarchy, probe.pid()).value().str() == pod.parent + "/crio-c1/exec");
  CHECK(container.all_pids().value().size() == 2);
}

TEST_CASE("a runtime's container is found by its path and has statistics whatever its driver") {
  if (is_skipped() || test::skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here")) return;
  RealRuntime runtime;
  const Hierarchy hierarchy = Hierarchy::system().value();
  const bool is_systemd = runtime.options().systemd_cgroup;
  const std::string parent = is_systemd ? "crunc-pods.slice" : "/crunc-pods-" + std::to_string(::getpid());
  PodOptions options;
  if (is_systemd) options.units = std::make_shared<test::RecordedUnits>();
  const PodCgroups pods = PodCgroups::make(is_systemd ? "systemd" : "cgroupfs", hierarchy, options).value();
  fixtures::BundleOptions bundle{.memory_limit_bytes = 64 * mebibyte};
  bundle.cgroups_path = pods.container_path(parent, "c1").value();
  REQUIRE(runtime->run("c1", runtime.bundle({"sleep", "1000"}, bundle), {.detach = true}).has_value());
  const pid_t init = runtime->state("c1").value().pid;

  const CgroupPath expected = pods.container_absolute_path(parent, "c1").value();
  CHECK(expected.contains(CgroupPath::of_pid(hierarchy, init, Controller::memory).value()));
  const crio::CgroupStats stats = pods.container_stats(parent, "c1").value();
  CHECK(stats.memory.limit == 64 * mebibyte);
  CHECK(stats.memory.usage > 0);
  // Those by which the runtime made it may still be ending.
  const auto holds = [&](pid_t pid) {
    return std::ranges::count(pods.container_processes(parent, "c1").value().pids, pid) == 1;
  };
  CHECK(stats.pid.current >= 1);
  CHECK(holds(init));
  CHECK(pods.sandbox_stats(parent).value().memory.usage > 0);
  LivingProcess probe;
  REQUIRE(move_process_to_container(hierarchy, init, probe.pid()).has_value());
  CHECK(holds(probe.pid()));

  probe.end();
  REQUIRE(runtime->remove("c1", {.force = true}).has_value());
  if (is_systemd) return;  // the slice goes by itself
  auto left = Cgroup::load(hierarchy, CgroupPath::parse(parent).value());
  CHECK(left.value().remove({.timeout = 5s}).has_value());
}
