// SPDX-License-Identifier: Apache-2.0
// Manager on this machine's cgroups, whichever version they are of.
#include <doctest/doctest.h>

#include <csignal>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <crunc/cgroups/manager.hpp>
#include <crunc/cgroups/update.hpp>

#include "support/cgroup_contents.hpp"
#include "support/console_peer.hpp"
#include "support/plan_text.hpp"
#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::LivingProcess;
using test::RealRuntime;
using test::resources;
using Pids = std::vector<pid_t>;

namespace {

/// A manager of this machine, whose cgroup goes with it.
class Managed {
 public:
  Hierarchy hierarchy = Hierarchy::system().value();
  std::string name = "crunc-manager-test-" + std::to_string(::getpid());
  Manager manager;

  explicit Managed(ManagerConfig config = {}) : manager(make(std::move(config))) {}
  ~Managed() {
    if (auto left = Cgroup::load(hierarchy, manager.paths())) static_cast<void>(left->kill(5s));
    CHECK(manager.destroy().has_value());
    CHECK_FALSE(Cgroup::load(hierarchy, manager.paths()).has_value());
  }
  Managed(const Managed&) = delete;
  Managed& operator=(const Managed&) = delete;
  Manager* operator->() noexcept { return &manager; }

  /// Where a process is in the hierarchy of the memory controller.
  [[nodiscard]] std::string place_of(pid_t pid) const {
    return CgroupPath::of_pid(hierarchy, pid, Controller::memory).value().str();
  }

 private:
  [[nodiscard]] Manager make(ManagerConfig config) const {
    if (config.name.empty()) config.path = "/" + name;
    return Manager::make(hierarchy, std::move(config)).value();
  }
};

bool is_skipped() {
  return test::skip_unless_root() || test::skip_unless(detect() != Mode::unavailable, "no cgroups") ||
         test::skip_unless(Hierarchy::system().value().has(Controller::memory), "no memory controller");
}

/// A child that waits for a byte and then takes 64 MiB of memory.
class Eater {
 public:
  Eater() {
    REQUIRE(::pipe2(pipe_, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ != 0) return;
    char byte = 0;
    static_cast<void>(::read(pipe_[0], &byte, 1));
    constexpr std::size_t size = 64UL << 20U;
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    ::_exit(memory == MAP_FAILED ? 1 : 0);
  }
  ~Eater() {
    for (const int fd : pipe_) ::close(fd);
  }
  Eater(const Eater&) = delete;
  Eater& operator=(const Eater&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Let it eat; what waitpid(2) says of its end.
  int eat() {
    CHECK(::write(pipe_[1], "x", 1) == 1);
    int status = 0;
    CHECK(::waitpid(pid_, &status, 0) == pid_);
    return status;
  }

 private:
  int pipe_[2]{-1, -1};
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the life of a manager from its config to its end") {
  if (is_skipped()) return;
  const LivingProcess process;
  Managed managed({.resources = resources(R"({"memory":{"limit":67108864},"pids":{"limit":64}})")});
  CHECK_FALSE(managed->exists());

  REQUIRE(managed->apply().has_value());
  CHECK(managed->exists());
  CHECK(managed->left_out().empty());
  REQUIRE(managed->set(managed->config().resources).has_value());
  REQUIRE(managed->apply(process.pid()).has_value());
  CHECK(managed->pids().value() == Pids{process.pid()});
  CHECK(managed.place_of(process.pid()) == "/" + managed.name);
  for (const auto& [key, directory] : managed->paths()) CHECK(std::filesystem::is_directory(directory));
  const Sample sample = managed->stats().value();
  CHECK(sample.errors.empty());
  CHECK(sample.stats.pids->current == 1);
  CHECK(sample.stats.memory->usage->limit_bytes->number() == 67108864);
  CHECK(managed->oom_kill_count().value() == 0);

  REQUIRE(managed->freeze(FreezerState::frozen).has_value());
  CHECK(managed->freezer_state().value() == FreezerState::frozen);
  REQUIRE(managed->freeze(FreezerState::thawed).has_value());
  CHECK(managed->freezer_state().value() == FreezerState::thawed);
  REQUIRE(::kill(process.pid(), SIGKILL) == 0);
  REQUIRE(managed->destroy().has_value());
  CHECK_FALSE(managed->exists());
  CHECK_FALSE(managed->freezer_state().value().has_value());
}

TEST_CASE("set leaves in force what it does not name") {
  if (is_skipped()) return;
  Managed managed;
  REQUIRE(managed->apply().has_value());
  const auto contents = [&] { return test::contents(*managed->cgroup().value()); };

  REQUIRE(managed->set(resources(R"({"pids":{"limit":64},"cpu":{"quota":20000,"period":50000}})")).has_value());
  REQUIRE(managed->set(resources(R"({"memory":{"limit":67108864},"cpu":{"shares":512}})")).has_value());
  const std::string both = contents();
  CHECK(both.find("pids.max: 64\n") != std::string::npos);
  CHECK(both.find("67108864\n") != std::string::npos);
  REQUIRE(managed->destroy().has_value());
  REQUIRE(managed->apply().has_value());
  CHECK(contents() != both);
  REQUIRE(managed->set(managed->config().resources).has_value());
  CHECK(contents() == both);
  CHECK(managed->set(resources(R"({"cpu":{"cpus":"4000"}})")).has_error());
  CHECK(contents() == both);
  CHECK_FALSE(managed->config().resources.cpu->cpus.has_value());
}

TEST_CASE("a relative name is below the own cgroup on v1 and beside it on v2") {
  if (is_skipped()) return;
  const LivingProcess process;
  const std::string name = "crunc-manager-relative-" + std::to_string(::getpid());
  Managed managed({.name = name});
  const CgroupPath own = CgroupPath::of_pid(managed.hierarchy, 0, Controller::memory).value();

  REQUIRE(managed->apply(process.pid()).has_value());
  const CgroupPath around = test::on_cgroup_v2() ? own.parent() : own;
  CHECK(managed.place_of(process.pid()) == around.child(name).value().str());
  CHECK(managed->pids().value() == Pids{process.pid()});
}

TEST_CASE("8A-10 a process joins below a manager's cgroup but not beside it") {
  if (is_skipped()) return;
  const LivingProcess process;
  Managed managed;
  REQUIRE(managed->apply().has_value());
  REQUIRE(Cgroup::create(managed.hierarchy, CgroupPath::parse("/" + managed.name + "/a/b").value()).has_value());

  CHECK(managed->add_process("../" + managed.name + "/a", process.pid()).error().code == Errc::invalid_argument);
  CHECK(managed->add_process("x", process.pid()).error().code == Errc::cgroup_not_found);
  REQUIRE(managed->add_process("a/b", process.pid()).has_value());
  CHECK(managed->pids().value().empty());
  CHECK(managed->all_pids().value() == Pids{process.pid()});
}

TEST_CASE("an OOM kill is counted") {
  if (is_skipped()) return;
  Eater eater;
  const std::string limit =
      test::on_cgroup_v2() ? R"({"memory":{"limit":16777216,"swap":16777216}})" : R"({"memory":{"limit":16777216}})";
  Managed managed({.resources = resources(limit)});
  REQUIRE(managed->apply(eater.pid()).has_value());
  REQUIRE(managed->set(managed->config().resources).has_value());

  const int status = eater.eat();
  CHECK(WIFSIGNALED(status));
  CHECK(managed->oom_kill_count().value() == 1);
}

TEST_CASE("who lacks permission has no cgroup and is told so by limits only") {
  if (is_skipped()) return;
  Managed managed({.name = "/crunc-manager-rootless-" + std::to_string(::getpid()), .rootless = true});
  constexpr uid_t nobody = 65534;
  REQUIRE(::seteuid(nobody) == 0);
  const auto applied = managed->apply(::getpid());
  const auto limited = managed->set(resources(R"({"memory":{"limit":67108864}})"));
  REQUIRE(::seteuid(0) == 0);

  CHECK(applied.has_value());
  CHECK(managed->left_out() == managed.hierarchy.controllers());
  CHECK(limited.error().code == Errc::controller_unavailable);
  CHECK_FALSE(managed->exists());
  REQUIRE(managed->apply().has_value());
  CHECK(managed->left_out().empty());
  CHECK(managed->set(resources(R"({"memory":{"limit":67108864}})")).has_value());
}

TEST_CASE("a container's cgroup is managed by what its runtime wrote down") {
  if (is_skipped() || test::skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here")) return;
  RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  const Hierarchy hierarchy = Hierarchy::system().value();
  const CgroupPaths paths = read_cgroup_paths(hierarchy, runtime.options().root, "web").value();
  Manager manager = Manager::load(hierarchy, {}, paths).value();

  CHECK(manager.all_pids().value() == Pids{runtime->state("web").value().pid});
  REQUIRE(manager.freeze(FreezerState::frozen).has_value());
  CHECK(runtime->state("web").value().status == Status::paused);
  REQUIRE(manager.freeze(FreezerState::thawed).has_value());
  CHECK(manager.destroy().error().code == Errc::cgroup_busy);
  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  CHECK_FALSE(manager.exists());
  CHECK(manager.destroy().has_value());
}

TEST_CASE("a runtime and a manager leave the same limits for the same resources") {
  if (is_skipped() || test::skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here")) return;
  RealRuntime runtime;
  const std::string json = R"({"cpu":{"shares":300,"quota":30000,"period":60000,"cpus":"0"},"pids":{"limit":64},
      "memory":{"limit":104857600,"reservation":52428800},"devices":[{"allow":false,"access":"rwm"}]})";
  const auto bundle = runtime.bundle({"sleep", "1000"});
  test::set_resources(bundle, json);
  REQUIRE(runtime->run("theirs", bundle, {.detach = true}).has_value());
  const Hierarchy hierarchy = Hierarchy::system().value();
  const Cgroup theirs = Cgroup::load(hierarchy, runtime->state("theirs").value().pid).value();

  ManagerConfig config{.resources = resources(json)};
  for (oci::DeviceCgroup& rule : default_device_rules()) {
    const bool console = rule.major == 5 && rule.minor == 1;
    const bool tunnel = rule.major == 10 && rule.minor == 200;
    const bool is_theirs = runtime.is_crun() ? !tunnel || test::on_cgroup_v2() : !console;  // of crun 1.8, runc
    if (is_theirs) config.resources.devices.push_back(std::move(rule));
  }
  const Version version = runtime->version().value();
  config.conversion = conversion_options_of(version.name, version.version);
  const LivingProcess process;
  Managed ours(std::move(config));
  REQUIRE(ours->apply(process.pid()).has_value());
  REQUIRE(ours->set(ours->config().resources).has_value());

  CHECK(test::contents(*ours->cgroup().value()) == test::contents(theirs));
}
