// SPDX-License-Identifier: Apache-2.0
// Units of the systemd that runs here: what is asked for, read back from systemd and from the files.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include <unistd.h>

#include <crunc/cgroups/manager.hpp>
#include <crunc/cgroups/systemd.hpp>

#include "support/plan_text.hpp"
#include "support/puppet.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/systemctl.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::Puppet;
using test::resources;
using test::unit_property;
using Pids = std::vector<pid_t>;

namespace {

bool is_skipped() { return test::skip_unless_root() || test::skip_unless_systemd(); }

std::string unique(const std::string& name) { return name + std::to_string(::getpid()); }

bool is_unified() { return detect() == Mode::unified; }

/// A file of a cgroup, without its last newline.
std::string file_of(const Manager& manager, Controller controller, const std::string& name) {
  const std::string text = test::read_text(manager.path(controller).value_or("/nowhere") + "/" + name);
  return text.substr(0, text.find('\n'));
}

ManagerConfig config_of(const std::string& path, oci::LinuxResources limits = {}) {
  return {.driver = CgroupDriver::systemd, .path = path, .resources = std::move(limits), .units = Systemd::system()};
}

/// A manager of the systemd that runs here, whose unit goes with it.
class Managed {
 public:
  Manager manager;

  explicit Managed(ManagerConfig config)
      : manager(Manager::make(Hierarchy::system().value(), std::move(config)).value()) {}
  ~Managed() {
    if (auto left = Cgroup::load(Hierarchy::system().value(), manager.paths())) static_cast<void>(left->kill(5s));
    CHECK(manager.destroy().has_value());
    for (const auto& [key, directory] : manager.paths()) CHECK_FALSE(std::filesystem::exists(directory));
  }
  Managed(const Managed&) = delete;
  Managed& operator=(const Managed&) = delete;
  Manager* operator->() noexcept { return &manager; }
};

}  // namespace

TEST_CASE("a scope of systemd is made with its limits and changed and ends") {
  if (is_skipped()) return;
  const std::string unit = "crunc-" + unique("web") + ".scope";
  Puppet puppet;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("web"),
                            resources(R"({"memory":{"limit":67108864},"cpu":{"shares":1024,"quota":50000,
                                          "period":100000},"pids":{"limit":64}})")));
  REQUIRE(managed->apply(puppet.pid()).has_value());

  CHECK(unit_property(unit, "ActiveState") == "active");
  CHECK(unit_property(unit, "Slice") == "crunctest.slice");
  CHECK(unit_property(unit, "Delegate") == "yes");
  CHECK(unit_property(unit, "TasksMax") == "64");
  CHECK(unit_property(unit, "CPUQuotaPerSecUSec") == "500ms");
  CHECK(unit_property(unit, is_unified() ? "MemoryMax" : "MemoryLimit") == "67108864");
  CHECK(unit_property(unit, is_unified() ? "CPUWeight" : "CPUShares") == (is_unified() ? "100" : "1024"));
  CHECK(managed->pids().value() == Pids{puppet.pid()});
  CHECK(file_of(managed.manager, Controller::pids, "pids.max") == "64");
  REQUIRE(managed->set(managed->config().resources).has_value());

  REQUIRE(managed->set(resources(R"({"memory":{"limit":134217728},"pids":{"limit":-1}})")).has_value());
  CHECK(unit_property(unit, is_unified() ? "MemoryMax" : "MemoryLimit") == "134217728");
  CHECK(unit_property(unit, "TasksMax") == "infinity");
  CHECK(file_of(managed.manager, Controller::memory, is_unified() ? "memory.max" : "memory.limit_in_bytes") ==
        "134217728");
  CHECK(file_of(managed.manager, Controller::pids, "pids.max") == "max");
  CHECK(managed->stats().value().stats.pids->current == 1);

  CHECK(managed->destroy().error().code == Errc::cgroup_busy);
  CHECK(puppet.ask("echo here") == "here");
  REQUIRE(::kill(puppet.pid(), SIGKILL) == 0);
  puppet.end_status();
  REQUIRE(managed->destroy().has_value());
  CHECK(unit_property(unit, "LoadState") == "not-found");
  CHECK_FALSE(managed->exists());
}

TEST_CASE("limits of systemd's and those in the files stay the same when systemd reloads and starts anew") {
  if (is_skipped()) return;
  Puppet puppet;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("anew")));
  REQUIRE(managed->apply(puppet.pid()).has_value());
  // A third of a CPU is no whole percent.
  REQUIRE(managed
              ->set(resources(R"({"memory":{"limit":67108864},"cpu":{"quota":33333,"period":100000,"shares":333},
                                     "pids":{"limit":77}})"))
              .has_value());
  const auto all = [&] {
    const bool unified = is_unified();
    return file_of(managed.manager, Controller::memory, unified ? "memory.max" : "memory.limit_in_bytes") + " " +
           file_of(managed.manager, Controller::cpu, unified ? "cpu.max" : "cpu.cfs_quota_us") + " " +
           file_of(managed.manager, Controller::cpu, unified ? "cpu.weight" : "cpu.shares") + " " +
           file_of(managed.manager, Controller::pids, "pids.max");
  };
  const std::string before = all();
  CHECK(before.find("34000") != std::string::npos);

  for (const char* const verb : {"daemon-reload", "daemon-reexec"}) {
    CAPTURE(verb);
    REQUIRE(test::run_program({"systemctl", verb}).status == 0);
    CHECK(all() == before);
  }

  CHECK(managed->set(resources(R"({"pids":{"limit":78}})")).has_value());
  CHECK(file_of(managed.manager, Controller::pids, "pids.max") == "78");
}

TEST_CASE("devices stay denied when systemd reloads") {
  if (is_skipped()) return;
  Puppet puppet;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("dev")));
  REQUIRE(managed->apply(puppet.pid()).has_value());
  const std::string reads = "head -c1 </dev/zero >/dev/null 2>&1 && echo reads || echo denied";
  CHECK(puppet.ask(reads) == "reads");
  REQUIRE(managed
              ->set(resources(R"({"devices":[{"allow":false,"access":"rwm"},
                                  {"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}]})"))
              .has_value());
  CHECK(puppet.ask(reads) == "denied");

  REQUIRE(test::run_program({"systemctl", "daemon-reload"}).status == 0);

  CHECK(puppet.ask(reads) == "denied");
  CHECK(puppet.ask(": >/dev/null && echo writes") == "writes");
}

TEST_CASE("slices of systemd nest and one with processes is busy") {
  if (is_skipped()) return;
  const std::string outer = unique("crunctest");
  Managed around(config_of("::" + outer + ".slice"));
  Managed slice(config_of("::" + outer + "-a.slice", resources(R"({"pids":{"limit":100}})")));
  REQUIRE(slice->apply().has_value());
  CHECK(slice->path(Controller::pids).value().ends_with("/" + outer + ".slice/" + outer + "-a.slice"));
  CHECK(file_of(slice.manager, Controller::pids, "pids.max") == "100");
  CHECK(unit_property(outer + ".slice", "ActiveState") == "active");
  REQUIRE(slice->apply().has_value());
  Puppet puppet;
  Managed scope(config_of(outer + "-a.slice:crunc:" + unique("in")));
  REQUIRE(scope->apply(puppet.pid()).has_value());
  CHECK(scope->path(Controller::pids).value().starts_with(slice->path(Controller::pids).value() + "/"));
  CHECK(slice->all_pids().value() == Pids{puppet.pid()});

  CHECK(slice->destroy().error().code == Errc::cgroup_busy);
  CHECK(puppet.ask("echo here") == "here");
}

TEST_CASE("a scope that runs is already_exists") {
  if (is_skipped()) return;
  Puppet puppet;
  const Puppet other;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("twice")));
  REQUIRE(managed->apply(puppet.pid()).has_value());

  Manager second =
      Manager::make(Hierarchy::system().value(), config_of("crunctest.slice:crunc:" + unique("twice"))).value();
  CHECK(second.apply(other.pid()).error().code == Errc::already_exists);
  CHECK(managed->pids().value() == Pids{puppet.pid()});
  CHECK(second.apply().error().code == Errc::invalid_argument);
}

TEST_CASE("a scope that failed by running out of memory is made again") {
  if (is_skipped() || test::skip_unless_cgroup_v2()) return;
  const auto systemd = Systemd::system();
  const std::string unit = "crunc-" + unique("oom") + ".scope";
  Puppet puppet;
  const auto request = [&](pid_t pid) {
    return UnitRequest{.name = unit,
                       .slice = "crunctest.slice",
                       .pids = {pid},
                       .delegate = false,  // a delegated one goes on after an OOM kill
                       .properties = {{.name = "MemoryMax", .value = std::uint64_t{16} << 20U}}};
  };
  REQUIRE(systemd->start(request(puppet.pid())).has_value());
  puppet.tell("exec tail /dev/zero");
  CHECK(WTERMSIG(puppet.end_status()) == SIGKILL);
  // systemd hears of both the kill and the end on its own.
  for (int i = 0; i < 3000 && !systemd->state(unit).value().has_failed(); ++i) ::usleep(10'000);
  REQUIRE(systemd->state(unit).value().result == "oom-kill");

  const Puppet second;
  CHECK(systemd->start(request(second.pid())).has_value());
  CHECK(systemd->state(unit).value().is_active());
  CHECK(systemd->stop(unit, 30s).has_value());
  CHECK(systemd->state(unit).value().load_state == "not-found");
}

TEST_CASE("a scope that is stopped from outside is gone") {
  if (is_skipped()) return;
  const std::string unit = "crunc-" + unique("stopped") + ".scope";
  Puppet puppet;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("stopped")));
  REQUIRE(managed->apply(puppet.pid()).has_value());

  REQUIRE(test::run_program({"systemctl", "stop", unit}).status == 0);

  CHECK(WTERMSIG(puppet.end_status()) == SIGTERM);
  // On v1 what systemd does not know of stays, until destroy().
  if (is_unified()) CHECK_FALSE(managed->exists());
  const auto left = managed->pids();
  CHECK((!left || left->empty()));
  CHECK(managed->set(resources(R"({"pids":{"limit":5}})")).has_error());
  CHECK(managed->destroy().has_value());
}

TEST_CASE("a process joins a cgroup below a scope by systemd") {
  if (is_skipped()) return;
  Puppet puppet;
  const Puppet other;
  Managed managed(config_of("crunctest.slice:crunc:" + unique("below")));
  REQUIRE(managed->apply(puppet.pid()).has_value());
  const auto child = managed->cgroup().value()->child("a").value();

  CHECK(managed->add_process("a", other.pid()).has_value());

  CHECK(child.processes().value() == Pids{other.pid()});
  CHECK(managed->add_process("../a", other.pid()).error().code == Errc::invalid_argument);
  CHECK(managed->add_process("none", other.pid()).error().code == Errc::cgroup_not_found);
}

TEST_CASE("units are made by the private socket where there is no system bus") {
  if (is_skipped()) return;
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1);
  const auto systemd = Systemd::system();
  const std::string unit = "crunc-" + unique("private") + ".scope";
  const Puppet puppet;
  const auto started = systemd->start({.name = unit, .pids = {puppet.pid()}});
  const auto state = systemd->state(unit);
  const auto stopped = systemd->stop(unit, 30s);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");

  CHECK(started.has_value());
  CHECK(state.value().is_active());
  CHECK(stopped.has_value());
  CHECK(Systemd::system()->state(unit).value().load_state == "not-found");
}

TEST_CASE("a user's systemd makes scopes in its own part of the tree") {
  if (is_skipped() || test::skip_unless_cgroup_v2()) return;
  const bool has_user = test::run_program({"systemctl", "start", "user@0.service"}).status == 0 &&
                        std::filesystem::exists("/run/user/0/bus");
  if (test::skip_unless(has_user, "no systemd of the user with a bus of its own")) return;
  ::setenv("XDG_RUNTIME_DIR", "/run/user/0", 1);
  ManagerConfig config = config_of(":crunc:" + unique("user"));
  config.units = Systemd::user();
  const Puppet puppet;
  {
    Managed managed(config);
    CHECK(managed->apply(puppet.pid()).has_value());
    CHECK(managed->path(Controller::memory).value().find("/user@0.service/user.slice/crunc-") != std::string::npos);
    CHECK(managed->pids().value() == Pids{puppet.pid()});
    CHECK(managed->set(resources(R"({"pids":{"limit":55}})")).has_value());
    CHECK(file_of(managed.manager, Controller::pids, "pids.max") == "55");
  }
  ::unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("what systemd refuses is told in its words") {
  if (is_skipped()) return;
  const auto systemd = Systemd::system();
  const Puppet puppet;
  const std::string unit = "crunc-" + unique("refused") + ".scope";
  const auto refused = [&](const UnitProperty& property) {
    return systemd->start({.name = unit, .pids = {puppet.pid()}, .properties = {property}}).error();
  };

  CHECK(systemd->version().value() >= 240);
  CHECK(systemd->root().value().empty());
  CHECK(refused({.name = "NoSuchProperty", .value = true}).code == Errc::unsupported);
  CHECK(refused({.name = "CPUWeight", .value = std::uint64_t{20000}}).code == Errc::invalid_argument);
  CHECK(refused({.name = "MemoryMax", .value = std::string("much")}).code == Errc::invalid_argument);
  CHECK(systemd->start({.name = unit, .pids = {999'999'999}}).error().system ==
        std::error_code(ESRCH, std::generic_category()));
  CHECK(systemd->set("never.scope", {{.name = "TasksMax", .value = std::uint64_t{1}}}).error().code ==
        Errc::cgroup_not_found);
  CHECK(systemd->stop("never.scope", 5s).has_value());
  CHECK(systemd->reset_failed("never.scope").has_value());
  CHECK(systemd->state(unit).value().load_state == "not-found");
}
