// SPDX-License-Identifier: Apache-2.0
// Cgroups of this machine, whichever version they are of.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <crunc/cgroups/cgroup.hpp>

#include "support/console_peer.hpp"
#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::LivingProcess;
using Pids = std::vector<pid_t>;

namespace {

/// The hierarchy of this machine, and a path in it that nobody else uses.
class Machine {
 public:
  Hierarchy hierarchy = Hierarchy::system().value();
  CgroupPath path = CgroupPath::parse("/crunc-test-" + std::to_string(::getpid())).value();

  Machine() = default;
  ~Machine() {
    auto left = Cgroup::load(hierarchy, path);
    if (!left) return;
    static_cast<void>(left->kill(5s));
    CHECK(left->remove({.timeout = 5s}).has_value());
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] bool is_v2() const { return hierarchy.mode() == Mode::unified; }
};

/// A controller that cgroups of this machine can have, whose hierarchy lists processes.
Controller some_controller(const Machine& machine) {
  return machine.hierarchy.has(Controller::memory) ? Controller::memory : Controller::pids;
}

bool is_skipped() { return test::skip_unless_root() || test::skip_unless(detect() != Mode::unavailable, "no cgroups"); }

/// A process that makes processes for as long as it lives, and they do the same; at most 200 by pids.max.
pid_t start_forking() {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::raise(SIGSTOP);
  for (;;) {
    if (::fork() > 0) ::usleep(1000);
  }
}

void limit_pids(const Cgroup& cgroup, const char* limit) {
  const int fd = ::openat(cgroup.directory_fd(Controller::pids), "pids.max", O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  CHECK(::write(fd, limit, std::string_view(limit).size()) > 0);
  ::close(fd);
}

}  // namespace

TEST_CASE("hierarchies of the same mounts share their descriptors for as long as one of them lives") {
  if (is_skipped()) return;
  std::optional<Hierarchy> one = Hierarchy::system().value();
  const Hierarchy two = Hierarchy::system().value();
  CHECK(one->mounts() == two.mounts());
  one.reset();
  CHECK(Cgroup::load(two, CgroupPath()).has_value());
}

TEST_CASE("the cgroups of this machine are found and so is this process") {
  if (is_skipped()) return;
  const Machine machine;

  CHECK(machine.hierarchy.mode() == detect());
  CHECK_FALSE(machine.hierarchy.controllers().empty());
  machine.hierarchy.controllers().for_each([&](Controller controller) {
    CAPTURE(to_string(controller));
    CHECK(machine.hierarchy.root_fd(controller) >= 0);
    const auto own = CgroupPath::of_pid(machine.hierarchy, 0, controller);
    REQUIRE(own.has_value());
    CHECK(own.value() == CgroupPath::of_pid(machine.hierarchy, ::getpid(), controller).value());
  });
  CHECK(CgroupPath::of_pid(machine.hierarchy, 0).has_value() == (machine.hierarchy.unified_fd() >= 0));
  CHECK((Cgroup::load(machine.hierarchy, 0x7ffffff).error().system == std::errc::no_such_process));
}

TEST_CASE("8A-15 each controller of this machine is made and joined and listed and removed") {
  if (is_skipped()) return;
  const Machine machine;
  machine.hierarchy.controllers().for_each([&](Controller controller) {
    CAPTURE(to_string(controller));
    const LivingProcess process;
    const auto path = machine.path.child(std::string(to_string(controller))).value().child("leaf").value();
    auto made = Cgroup::create(machine.hierarchy, path, {.required = {controller}, .wanted = {}});
    REQUIRE(made.has_value());
    CHECK(made->controllers().contains(controller));
    CHECK(made->directory_fd(controller) >= 0);

    REQUIRE(made->add_process(process.pid()).has_value());
    CHECK(made->processes().value() == Pids{process.pid()});
    CHECK(made->threads().value() == Pids{process.pid()});
    CHECK(CgroupPath::of_pid(machine.hierarchy, process.pid(), controller).value() == path);
    const auto busy = made->remove({.timeout = 0ms});
    REQUIRE(busy.has_error());
    CHECK(busy.error().code == Errc::cgroup_busy);
    CHECK(busy.error().reason.find(std::to_string(process.pid())) != std::string::npos);
    REQUIRE(made->kill(10s).has_value());
    REQUIRE(made->remove().has_value());
    CHECK_FALSE(made->exists());
  });
}

TEST_CASE("all controllers at once in nested cgroups") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess process;
  Cgroup top = Cgroup::create(machine.hierarchy, machine.path).value();
  Cgroup inner = top.child("a").value().child("b").value();
  const ControllerSet everything = machine.hierarchy.controllers();

  CHECK(top.controllers() == everything);
  CHECK(inner.controllers() == everything);
  REQUIRE(inner.add_process(process.pid()).has_value());
  CHECK(top.processes().value().empty());
  CHECK(top.processes(Recursion::descendants).value() == Pids{process.pid()});
  CHECK(Cgroup::load(machine.hierarchy, process.pid()).value().paths() == inner.paths());
  CHECK(Cgroup::load(machine.hierarchy, inner.paths()).value().path() == inner.path());
  REQUIRE(top.kill(10s).has_value());
  REQUIRE(top.remove().has_value());
  CHECK(Cgroup::load(machine.hierarchy, machine.path).error().code == Errc::cgroup_not_found);
}

TEST_CASE("8A-8 a cgroup is frozen when freeze returns and killed although it is frozen") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess process;
  Cgroup cgroup = Cgroup::create(machine.hierarchy, machine.path).value();
  REQUIRE(cgroup.add_process(process.pid()).has_value());

  CHECK(cgroup.state().value() == FreezerState::thawed);
  REQUIRE(cgroup.freeze().has_value());
  CHECK(cgroup.state().value() == FreezerState::frozen);
  REQUIRE(cgroup.freeze().has_value());
  REQUIRE(cgroup.thaw().has_value());
  CHECK(cgroup.state().value() == FreezerState::thawed);
  REQUIRE(cgroup.freeze().has_value());
  REQUIRE(cgroup.kill(10s).has_value());
  CHECK_FALSE(test::is_alive(process.pid()));
  CHECK(cgroup.processes(Recursion::descendants).value().empty());
}

TEST_CASE("a cgroup inside a frozen one is not frozen by itself") {
  if (is_skipped()) return;
  const Machine machine;
  Cgroup top = Cgroup::create(machine.hierarchy, machine.path).value();
  Cgroup inner = top.child("a").value();

  REQUIRE(top.freeze().has_value());
  CHECK(inner.state().value() == FreezerState::thawed);
  REQUIRE(top.thaw().has_value());
}

TEST_CASE("removal waits for processes that are ending") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess process;
  Cgroup cgroup = Cgroup::create(machine.hierarchy, machine.path).value();
  REQUIRE(cgroup.child("a").value().add_process(process.pid()).has_value());

  REQUIRE(cgroup.kill().has_value());
  CHECK(cgroup.remove({.timeout = 10s}).has_value());
  CHECK(cgroup.remove().has_value());
}

TEST_CASE("processes that fork without end are killed to the last") {
  if (is_skipped()) return;
  const Machine machine;
  if (test::skip_unless(machine.hierarchy.has(Controller::pids), "no pids controller")) return;
  Cgroup cgroup = Cgroup::create(machine.hierarchy, machine.path, {.required = {Controller::pids}}).value();
  limit_pids(cgroup, "200");
  const pid_t first = start_forking();
  int status = 0;
  REQUIRE(::waitpid(first, &status, WUNTRACED) == first);
  REQUIRE(cgroup.add_process(first).has_value());
  REQUIRE(::kill(first, SIGCONT) == 0);
  while (cgroup.processes().value().size() < 20) ::sched_yield();

  CHECK(cgroup.kill(20s).has_value());
  CHECK(cgroup.processes().value().empty());
  CHECK(::waitpid(first, &status, 0) == first);  // still ours to reap
  CHECK(cgroup.remove().has_value());
}

TEST_CASE("a cgroup that is removed and made again while it is held is gone") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess process;
  Cgroup held = Cgroup::create(machine.hierarchy, machine.path).value();
  REQUIRE(Cgroup::load(machine.hierarchy, machine.path).value().remove().has_value());
  const Cgroup namesake = Cgroup::create(machine.hierarchy, machine.path).value();

  CHECK_FALSE(held.exists());
  CHECK(namesake.exists());
  CHECK(held.add_process(process.pid()).error().code == Errc::cgroup_gone);
  CHECK(held.processes().error().code == Errc::cgroup_gone);
  CHECK(held.freeze().error().code == Errc::cgroup_gone);
  CHECK(held.kill().error().code == Errc::cgroup_gone);
  CHECK(held.child("a").error().code == Errc::cgroup_gone);
  CHECK(held.remove().has_value());
  CHECK(namesake.exists());
}

TEST_CASE("processes are moved from nested cgroups to another and to one below") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess one;
  const LivingProcess two;
  Cgroup top = Cgroup::create(machine.hierarchy, machine.path, {.wanted = {some_controller(machine)}}).value();
  Cgroup from = Cgroup::create(machine.hierarchy, machine.path.child("from").value(), {.wanted = {}}).value();
  Cgroup to = Cgroup::create(machine.hierarchy, machine.path.child("to").value(), {.wanted = {}}).value();
  Cgroup leaf = from.child("leaf", {.wanted = {}}).value();
  REQUIRE(from.add_process(one.pid()).has_value());
  REQUIRE(leaf.add_process(two.pid()).has_value());

  REQUIRE(from.move_to(to).has_value());
  CHECK(from.processes(Recursion::descendants).value().empty());
  CHECK(to.processes().value().size() == 2);
  REQUIRE(to.move_to(leaf).has_value());
  REQUIRE(from.move_to(leaf).has_value());
  CHECK(leaf.processes().value().size() == 2);
  REQUIRE(top.kill(10s).has_value());
}

TEST_CASE("v2 hands no controllers on while processes are in the way") {
  if (is_skipped()) return;
  const Machine machine;
  const LivingProcess process;
  ControllerSet on_v2;
  machine.hierarchy.controllers().for_each([&](Controller controller) {
    const bool is_domain = controller == Controller::memory || controller == Controller::hugetlb;
    if (is_domain && machine.hierarchy.on_v2(controller)) on_v2.add(controller);
  });
  if (test::skip_unless(!on_v2.empty(), "no domain controller is on v2")) return;
  Cgroup top = Cgroup::create(machine.hierarchy, machine.path, {.required = on_v2}).value();
  REQUIRE(top.add_process(process.pid()).has_value());

  CHECK(top.enable(on_v2).error().code == Errc::cgroup_busy);
  CHECK(top.child("a", {.required = on_v2}).error().code == Errc::cgroup_busy);
  CHECK(CgroupPath::of_pid(machine.hierarchy, process.pid()).value() == top.path());
  Cgroup leaf = top.child("leaf", {.wanted = {}}).value();
  REQUIRE(top.move_to(leaf).has_value());
  CHECK(top.enable(on_v2).has_value());
  CHECK(leaf.controllers().contains(Controller::memory) == top.controllers().contains(Controller::memory));
  CHECK(top.disable(on_v2).has_value());
}

TEST_CASE("threads of v2 are joined and a threaded cgroup is told apart") {
  if (is_skipped()) return;
  const Machine machine;
  if (test::skip_unless(machine.hierarchy.unified_fd() >= 0, "no cgroup v2")) return;
  const LivingProcess process;
  Cgroup top = Cgroup::create(machine.hierarchy, machine.path, {.wanted = {}}).value();
  Cgroup threaded = top.child("t", {.wanted = {}}).value();

  CHECK(top.type().value() == CgroupType::domain);
  REQUIRE(threaded.set_type(CgroupType::threaded).has_value());
  CHECK(threaded.type().value() == CgroupType::threaded);
  CHECK(top.type().value() == CgroupType::domain_threaded);
  REQUIRE(top.add_process(process.pid()).has_value());
  REQUIRE(threaded.add_thread(process.pid()).has_value());
  CHECK(threaded.threads().value() == Pids{process.pid()});
  CHECK(threaded.processes().value() == Pids{process.pid()});
  Cgroup deeper = threaded.child("deeper", {.wanted = {}}).value();
  CHECK(deeper.type().value() == CgroupType::threaded);
  CHECK(top.kill(10s).has_value());
}

TEST_CASE("the cgroup of a container is found by its runtime's file and by its process") {
  if (is_skipped() || test::skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here")) return;
  const Machine machine;
  test::RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  const pid_t pid = runtime->state("web").value().pid;

  const auto paths = read_cgroup_paths(machine.hierarchy, runtime.options().root, "web");
  REQUIRE(paths.has_value());
  Cgroup cgroup = Cgroup::load(machine.hierarchy, *paths).value();
  // Those by which the runtime made it may still be ending.
  CHECK(std::ranges::count(cgroup.processes(Recursion::descendants).value(), pid) == 1);
  CHECK(Cgroup::load(machine.hierarchy, pid).value().path() == cgroup.path());
  REQUIRE(cgroup.freeze().has_value());
  CHECK(runtime->state("web").value().status == Status::paused);
  REQUIRE(cgroup.thaw().has_value());
  CHECK(runtime->state("web").value().status == Status::running);
  REQUIRE(cgroup.kill(10s).has_value());
  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  CHECK_FALSE(cgroup.exists());
}
