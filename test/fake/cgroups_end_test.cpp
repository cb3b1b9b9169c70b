// SPDX-License-Identifier: Apache-2.0
// Freezing, killing and removing cgroups on trees that play cgroup file systems, and calls that fail.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/cgroup.hpp>

#include "support/fake_cgroups.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::FakeCgroups;
using Lines = std::vector<std::string>;

namespace fs = std::filesystem;

namespace {

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

Cgroup make(const FakeCgroups& tree, std::string_view where) {
  return Cgroup::create(tree.hierarchy(), path(where)).value();
}

}  // namespace

TEST_CASE("8A-8 a freezer of v1 that stays at FREEZING ends in time and thawed") {
  FakeCgroups tree(Mode::legacy);
  Cgroup cgroup = make(tree, "/a");
  tree.stuck_freezer = true;

  CHECK(cgroup.freeze(1h).error().code == Errc::timed_out);  // by the number of tries
  CHECK(test::read_text(tree / "freezer/a/freezer.state") == "THAWED");
  CHECK(tree.pauses == 40);
  CHECK(cgroup.freeze(0ms).error().code == Errc::timed_out);
}

TEST_CASE("8A-8 a freezer of v2 is waited for until it is frozen and not only asked") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  CHECK(cgroup.freeze().has_value());
  CHECK(cgroup.state().value() == FreezerState::frozen);
  CHECK(cgroup.thaw().has_value());
  CHECK(cgroup.state().value() == FreezerState::thawed);

  tree.stuck_freezer = true;
  CHECK(cgroup.freeze(10ms).error().code == Errc::timed_out);
  CHECK(test::read_text(tree / "a/cgroup.freeze") == "0\n");
}

TEST_CASE("a freeze that fails leaves what was frozen before frozen") {
  FakeCgroups tree(Mode::legacy);
  Cgroup cgroup = make(tree, "/a");
  REQUIRE(cgroup.freeze().has_value());
  tree.on_write = [](const std::string&, const std::string& value) { return value == "FROZEN" ? EIO : 0; };

  CHECK(cgroup.freeze().has_error());
  CHECK(cgroup.state().value() == FreezerState::frozen);
}

TEST_CASE("one that is frozen only by the one around it is thawed") {
  FakeCgroups tree(Mode::legacy);
  Cgroup cgroup = make(tree, "/a");
  test::write_text(tree / "freezer/a/freezer.state", "FROZEN\n");

  CHECK(cgroup.state().value() == FreezerState::thawed);
  test::write_text(tree / "freezer/a/freezer.self_freezing", "1\n");
  CHECK(cgroup.state().value() == FreezerState::frozen);
  test::write_text(tree / "freezer/a/freezer.state", "FREEZING\n");
  CHECK(cgroup.state().value() == FreezerState::freezing);
  test::write_text(tree / "freezer/a/freezer.state", "odd\n");
  CHECK(cgroup.freeze().has_value());
}

TEST_CASE("without a freezer there is nothing to freeze with") {
  FakeCgroups legacy(Mode::legacy, "", {"memory"});
  CHECK(make(legacy, "/a").freeze().error().code == Errc::controller_unavailable);
}

TEST_CASE("a kernel without cgroup.freeze says that it has none") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  fs::remove(tree / "a/cgroup.freeze");

  CHECK(cgroup.freeze().error().code == Errc::controller_unavailable);
}

TEST_CASE("kill on v1 freezes and signals all and thaws") {
  FakeCgroups tree(Mode::legacy, "", {"freezer", "memory"});
  Cgroup cgroup = make(tree, "/a");
  static_cast<void>(make(tree, "/a/b"));
  tree.put_processes("freezer/a", "1000\n");
  tree.put_processes("freezer/a/b", "1001\n");
  static_cast<void>(tree.take_writes());

  REQUIRE(cgroup.kill().has_value());
  CHECK(tree.signals == Lines{"1000:9", "1001:9"});
  CHECK(tree.take_writes() == Lines{"freezer/a/freezer.state=FROZEN", "freezer/a/freezer.state=THAWED"});
}

TEST_CASE("kill goes on without the freeze where that fails and thaws even so") {
  FakeCgroups tree(Mode::legacy, "", {"freezer"});
  Cgroup cgroup = make(tree, "/a");
  tree.put_processes("freezer/a", "1000\n");
  tree.on_write = [](const std::string&, const std::string& value) { return value == "FROZEN" ? EPERM : 0; };

  REQUIRE(cgroup.kill().has_value());
  CHECK(tree.signals == Lines{"1000:9"});
  CHECK(test::read_text(tree / "freezer/a/freezer.state") == "THAWED");
}

TEST_CASE("kill on v2 is one write where the kernel has it and else freezes and signals") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  tree.put_processes("a", "1000\n");
  static_cast<void>(tree.take_writes());

  REQUIRE(cgroup.kill().has_value());
  CHECK(tree.signals == Lines{"1000:9"});
  CHECK(tree.take_writes() == Lines{"a/cgroup.freeze=1", "a/cgroup.freeze=0"});
  test::write_text(tree / "a/cgroup.kill", "");
  REQUIRE(cgroup.kill().has_value());
  CHECK(tree.signals.size() == 1);
  CHECK(tree.take_writes() == Lines{"a/cgroup.kill=1", "a/cgroup.freeze=0"});
}

TEST_CASE("a process outside of our pid namespace reads as 0 and is neither listed nor signalled nor moved") {
  for (const Mode mode : {Mode::legacy, Mode::unified}) {
    FakeCgroups tree(mode, "", {"freezer"});
    const std::string top = mode == Mode::legacy ? "freezer/" : "";
    Cgroup cgroup = make(tree, "/a");
    Cgroup other = make(tree, "/b");
    tree.put_processes(top + "a", "0\n1000\n0\n");
    static_cast<void>(tree.take_writes());

    CHECK(cgroup.processes(Recursion::descendants).value() == std::vector<pid_t>{1000});
    REQUIRE(cgroup.kill().has_value());
    CHECK(tree.signals == Lines{"1000:9"});
    static_cast<void>(tree.take_writes());
    static_cast<void>(cgroup.move_to(other));
    CHECK(tree.take_writes() == Lines{top + "b/cgroup.procs=1000"});
  }
}

TEST_CASE("on a hybrid machine kill reaches those that are on v1 alone") {
  FakeCgroups tree(Mode::hybrid, "");
  Cgroup cgroup = make(tree, "/a");
  test::write_text(tree / "unified/a/cgroup.kill", "");
  tree.put_processes("freezer/a", "1000\n1001\n");
  tree.put_processes("unified/a", "1000\n");

  REQUIRE(cgroup.kill().has_value());
  CHECK(tree.signals == Lines{"1000:9", "1001:9"});
}

TEST_CASE("kill waits until its time is up and names who is left") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  tree.put_processes("a", "1000\n");
  test::write_text(tree / "a/cgroup.events", "populated 1\nfrozen 0\n");
  test::write_text(tree / "a/cgroup.kill", "");
  tree.on_write = [&](const std::string& file, const std::string&) { return file == "a/cgroup.freeze" ? EIO : 0; };

  const auto killed = cgroup.kill(5ms);
  REQUIRE(killed.has_error());
  CHECK(killed.error().code == Errc::timed_out);
  CHECK(killed.error().reason.find("process 1000") != std::string::npos);
}

TEST_CASE("a root is neither killed nor frozen nor removed") {
  for (const Mode mode : {Mode::legacy, Mode::hybrid, Mode::unified}) {
    FakeCgroups tree(mode, "");
    Cgroup root = Cgroup::load(tree.hierarchy(), path("/")).value();

    CHECK(root.kill().error().code == Errc::invalid_argument);
    CHECK(root.freeze().error().code == Errc::invalid_argument);
    CHECK(root.thaw().error().code == Errc::invalid_argument);
    CHECK(root.remove().error().code == Errc::invalid_argument);
    CHECK(tree.take_writes().empty());
    CHECK(tree.signals.empty());
  }
}

TEST_CASE("8A-9 removing what is gone is no failure") {
  FakeCgroups tree(Mode::hybrid, "");
  Cgroup cgroup = make(tree, "/a/b");

  CHECK(cgroup.remove().has_value());
  CHECK(cgroup.remove().has_value());
  REQUIRE(make(tree, "/a").remove().has_value());
  CHECK(cgroup.remove().has_value());
  CHECK(tree.directories().empty());
}

TEST_CASE("remove takes those below first and leaves them if it is not to") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  static_cast<void>(make(tree, "/a/b/c"));
  static_cast<void>(make(tree, "/a/d"));

  const auto refused = cgroup.remove({.recursive = false, .timeout = 0ms});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::cgroup_busy);
  CHECK(refused.error().reason.find("cgroups of its own") != std::string::npos);
  CHECK(tree.directories().size() == 4);
  CHECK(cgroup.remove().has_value());
  CHECK(tree.directories().empty());
}

TEST_CASE("remove names the processes that are left and removes the other hierarchies all the same") {
  FakeCgroups tree(Mode::legacy, "", {"cpu", "memory", "pids"});
  Cgroup cgroup = make(tree, "/a");
  tree.put_processes("memory/a", "7\n8\n");

  const auto removed = cgroup.remove({.timeout = 0ms});
  REQUIRE(removed.has_error());
  CHECK(removed.error().code == Errc::cgroup_busy);
  CHECK((removed.error().code == std::errc::device_or_resource_busy));
  CHECK(removed.error().reason == "remove " + (tree / "memory/a").string() + ", which has processes 7, 8");
  CHECK(tree.directories() == Lines{"memory/a"});
}

TEST_CASE("a cgroup that is busy for no process is tried again with growing pauses") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  int tries = 0;
  tree.on_rmdir = [&](const std::string&) { return ++tries < 8 ? EBUSY : 0; };

  CHECK(cgroup.remove({.recursive = false, .timeout = 1h}).has_value());
  CHECK(tries == 8);
  CHECK(tree.pauses == 7);
}

TEST_CASE("a removal that is not permitted is not tried again") {
  FakeCgroups tree(Mode::unified);
  Cgroup cgroup = make(tree, "/a");
  for (const int error : {EPERM, EACCES, EROFS}) {
    tree.on_rmdir = [error](const std::string&) { return error; };
    CHECK(cgroup.remove().error().system.value() == error);
  }
  CHECK(tree.pauses == 0);
}
