// SPDX-License-Identifier: Apache-2.0
// Joining, listing and moving on trees that play cgroup file systems, and calls that fail.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/cgroup.hpp>

#include "cgroups/directory.hpp"
#include "support/fake_cgroups.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::FakeCgroups;
using Lines = std::vector<std::string>;
using Pids = std::vector<pid_t>;

namespace fs = std::filesystem;

namespace {

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

Cgroup make(const FakeCgroups& tree, std::string_view where) {
  return Cgroup::create(tree.hierarchy(), path(where)).value();
}

}  // namespace

TEST_CASE("a process joins each hierarchy once") {
  FakeCgroups tree(Mode::hybrid, "");
  Cgroup cgroup = make(tree, "/a");
  static_cast<void>(tree.take_writes());

  REQUIRE(cgroup.add_process(42).has_value());
  CHECK(tree.take_writes() == Lines{"cpu,cpuacct/a/cgroup.procs=42", "cpuset/a/cgroup.procs=42",
                                    "freezer/a/cgroup.procs=42", "memory/a/cgroup.procs=42",
                                    "systemd/a/cgroup.procs=42", "unified/a/cgroup.procs=42"});
  REQUIRE(cgroup.add_process(43, {Controller::memory}).has_value());
  CHECK(tree.take_writes() == Lines{"memory/a/cgroup.procs=43"});
  REQUIRE(cgroup.add_thread(44, {Controller::memory}).has_value());
  CHECK(tree.take_writes() == Lines{"memory/a/tasks=44"});
  CHECK(cgroup.processes().value() == Pids{42});
}

TEST_CASE("what is no pid is refused") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");

  CHECK(cgroup.add_process(0).error().code == Errc::invalid_argument);
  CHECK(cgroup.add_process(-1).error().code == Errc::invalid_argument);
  CHECK(tree.take_writes().empty());
}

TEST_CASE("a process that is just being made is tried six times and other refusals once") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  int tries = 0;
  tree.on_write = [&](const std::string&, const std::string&) { return ++tries < 4 ? EINVAL : 0; };
  CHECK(cgroup.add_process(42).has_value());
  CHECK(tries == 4);
  CHECK(tree.pauses == 3);

  tree.on_write = [&](const std::string&, const std::string&) { return ++tries, EINVAL; };
  tries = 0;
  CHECK((cgroup.add_process(42).error().system == std::errc::invalid_argument));
  CHECK(tries == 6);

  tree.on_write = [&](const std::string&, const std::string&) { return ++tries, ESRCH; };
  tries = 0;
  CHECK((cgroup.add_process(42).error().system == std::errc::no_such_process));
  CHECK(tries == 1);

  tree.on_write = [&](const std::string&, const std::string&) { return EBUSY; };
  CHECK(cgroup.add_process(42).error().code == Errc::cgroup_busy);
}

TEST_CASE("a write is made again after a signal and one that took but a part is an error") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  int signals = 3;
  tree.on_write = [&](const std::string&, const std::string&) { return signals-- > 0 ? EINTR : 0; };
  CHECK(cgroup.add_process(42).has_value());

  tree.writes_are_short = true;
  const auto joined = cgroup.add_process(42);
  REQUIRE(joined.has_error());
  CHECK((joined.error().system == std::errc::io_error));
  CHECK(joined.error().reason == "write \"42\" to " + (tree / "a/cgroup.procs").string());
}

TEST_CASE("an empty value is written as a newline") {
  FakeCgroups tree(Mode::legacy, "", {"cpuset"});
  const Directory directory = Directory::at((tree / "cpuset").string()).value();

  CHECK(directory.write("cpuset.cpus", "").has_value());
  CHECK(tree.take_writes() == Lines{"cpuset/cpuset.cpus=\n"});
}

TEST_CASE("processes of cgroups below are listed and cgroups that go away meanwhile are not missed") {
  FakeCgroups tree(Mode::unified);
  const Cgroup cgroup = make(tree, "/a");
  static_cast<void>(make(tree, "/a/b/c"));
  static_cast<void>(make(tree, "/a/d"));
  tree.put_processes("a", "3\n0\n");
  tree.put_processes("a/b/c", "1\n3\n");
  tree.put_processes("a/d", "2\n");

  CHECK(cgroup.processes().value() == Pids{3});
  CHECK(cgroup.processes(Recursion::descendants).value() == Pids{1, 2, 3});
  tree.before_open = [&](const std::string& opened) {
    if (opened == "a/d") fs::remove_all(tree / "a/d");
  };
  CHECK(cgroup.processes(Recursion::descendants).value() == Pids{1, 3});
}

TEST_CASE("8A-7 moving writes each process once for each hierarchy") {
  FakeCgroups tree(Mode::legacy, "", {"cpu", "freezer", "memory", "pids"});
  Cgroup from = make(tree, "/a");
  Cgroup below = make(tree, "/a/b");
  Cgroup to = make(tree, "/to");
  REQUIRE(from.add_process(1).has_value());
  REQUIRE(below.add_process(2).has_value());
  static_cast<void>(tree.take_writes());

  REQUIRE(from.move_to(to).has_value());
  CHECK(tree.take_writes().size() == 8);
  CHECK(to.processes().value() == Pids{1, 2});
  CHECK(from.processes(Recursion::descendants).value().empty());
}

TEST_CASE("8A-7 a process that ends while it is moved is passed over by its errno") {
  FakeCgroups tree(Mode::unified);
  Cgroup from = make(tree, "/a");
  Cgroup to = make(tree, "/to");
  tree.put_processes("a", "1\n2\n");
  tree.on_write = [&](const std::string&, const std::string& value) {
    if (value != "1") return 0;
    tree.put_processes("a", "2\n");
    return ESRCH;
  };

  REQUIRE(from.move_to(to).has_value());
  CHECK(to.processes().value() == Pids{2});
}

TEST_CASE("all processes can be moved to a cgroup below so that controllers can be enabled") {
  FakeCgroups tree(Mode::unified, "memory\n");
  Cgroup top = make(tree, "/a");
  Cgroup below = top.child("leaf", {.wanted = {}}).value();
  REQUIRE(top.add_process(1).has_value());

  REQUIRE(top.move_to(below).has_value());
  CHECK(below.processes().value() == Pids{1});
  REQUIRE(top.enable({Controller::memory}).has_value());
  CHECK(test::read_text(tree / "a/cgroup.subtree_control") == "memory ");
  REQUIRE(top.disable({Controller::memory}).has_value());
  CHECK(top.enable({Controller::rdma}).error().code == Errc::controller_unavailable);
}

TEST_CASE("processes that come as fast as they are moved end the move") {
  FakeCgroups tree(Mode::unified);
  Cgroup from = make(tree, "/a");
  Cgroup to = make(tree, "/to");
  tree.put_processes("a", "1\n");
  tree.on_write = [](const std::string&, const std::string&) { return ESRCH; };

  const auto moved = from.move_to(to);
  REQUIRE(moved.has_error());
  CHECK(moved.error().code == Errc::cgroup_busy);
  CHECK(moved.error().reason.find("process 1") != std::string::npos);
}

TEST_CASE("a move to where a hierarchy is lacking moves nothing") {
  FakeCgroups tree(Mode::legacy);
  Cgroup from = make(tree, "/a");
  fs::create_directory(tree / "memory/to");
  Cgroup to = Cgroup::load(tree.hierarchy(), path("/to")).value();
  REQUIRE(from.add_process(1).has_value());
  static_cast<void>(tree.take_writes());

  CHECK(from.move_to(to).error().code == Errc::invalid_argument);
  CHECK(tree.take_writes().empty());
}

TEST_CASE("everything works without openat2") {
  FakeCgroups tree(Mode::hybrid, "");
  tree.openat2_errno = ENOSYS;
  Cgroup cgroup = make(tree, "/a/b");
  static_cast<void>(make(tree, "/a/b/c"));

  REQUIRE(cgroup.add_process(1).has_value());
  CHECK(cgroup.processes(Recursion::descendants).value() == Pids{1});
  CHECK(Cgroup::load(tree.hierarchy(), path("/a/x")).error().code == Errc::cgroup_not_found);
  tree.put_processes("freezer/a/b", "");
  for (const char* name : {"cpu,cpuacct", "cpuset", "memory", "systemd", "unified"}) {
    tree.put_processes(fs::path(name) / "a/b", "");
  }
  CHECK(cgroup.remove().has_value());
  CHECK_FALSE(tree.has("memory/a/b"));
}

TEST_CASE("threads are of v2 alone and only made") {
  FakeCgroups legacy(Mode::legacy);
  CHECK(make(legacy, "/a").type().error().code == Errc::unsupported);
  CHECK(make(legacy, "/a").enable({Controller::cpu}).error().code == Errc::unsupported);
}

TEST_CASE("a threaded cgroup is not killed as if its threads were processes") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  CHECK(cgroup.type().value() == CgroupType::domain);
  CHECK(cgroup.set_type(CgroupType::domain).error().code == Errc::invalid_argument);
  CHECK(cgroup.set_type(CgroupType::threaded).has_value());
  CHECK(cgroup.type().value() == CgroupType::threaded);
  CHECK(cgroup.kill().error().code == Errc::unsupported);
}
