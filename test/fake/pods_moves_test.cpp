// SPDX-License-Identifier: Apache-2.0
// Processes moved among the cgroups of pods, on trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/pods.hpp>

#include "support/plan_text.hpp"
#include "support/pod_tree.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::every_mode;
using test::index_of;
using test::OwnCgroups;
using test::PodTree;
using test::resources;
using Lines = std::vector<std::string>;

namespace {

constexpr pid_t pid = 42;

}  // namespace

TEST_CASE("8A-12 a monitor is moved into the pod with limits of CPU and without") {
  for (const Mode mode : every_mode) {
    for (const std::string_view word : {"", "pod"}) {
      CAPTURE(std::string(to_string(mode)));
      PodTree tree(mode);
      const OwnCgroups home(tree, "", pid);
      CHECK(tree.pods.move_conmon("c1", "/pod", word, pid).value().value().str() == "/pod/crio-conmon-c1");
      CHECK(tree.processes("pod/crio-conmon-c1") == "42\n");

      const auto limits = resources(R"({"cpu":{"shares":512},"memory":{"limit":4096}})");
      CHECK(tree.pods.move_conmon("c2", "/pod", word, pid, limits).value().value().str() == "/pod/crio-conmon-c2");
      CHECK(tree.processes("pod/crio-conmon-c2") == "42\n");
      CHECK(test::read_text(tree / (mode == Mode::unified ? "pod/crio-conmon-c2/cpu.weight"
                                                          : "cpu,cpuacct/pod/crio-conmon-c2/cpu.shares")) ==
            (mode == Mode::unified ? "59" : "512"));
      const auto memory = tree.file(mode == Mode::unified ? "pod/crio-conmon-c2/memory.max"
                                                          : "pod/crio-conmon-c2/memory.limit_in_bytes");
      CHECK(test::read_text(memory).find("4096") == std::string::npos);
    }
  }
}

TEST_CASE("limits of a monitor are in force before it joins") {
  PodTree tree(Mode::legacy);
  const OwnCgroups home(tree, "", pid);
  REQUIRE(
      tree.pods.move_conmon("c1", "/pod", "pod", pid, resources(R"({"cpu":{"shares":512,"cpus":"1"}})")).has_value());
  const Lines writes = tree.take_writes();
  const size_t joined = index_of(writes, "cpuset/pod/crio-conmon-c1/cgroup.procs=42");
  REQUIRE(joined < writes.size());
  CHECK(index_of(writes, "cpuset/pod/crio-conmon-c1/cpuset.cpus=1") < joined);
  CHECK(index_of(writes, "cpu,cpuacct/pod/crio-conmon-c1/cpu.shares=512") < joined);
}

TEST_CASE("cri-o 3856 a monitor's cgroup that cannot be is refused with what it may be") {
  const PodTree tree(Mode::unified);
  const Error error = tree.pods.move_conmon("c1", "/pod", "system.slice", pid).error();
  CHECK(error.code == Errc::invalid_argument);
  CHECK(error.reason.find("\"system.slice\"") != std::string::npos);
  CHECK(error.reason.find("\"pod\" or empty") != std::string::npos);
  CHECK(tree.pods.move_conmon("c1", "a.slice", "pod", pid).error().code == Errc::invalid_argument);
  CHECK(tree.pods.move_conmon("c/1", "/pod", "pod", pid).error().code == Errc::invalid_argument);
  CHECK(tree.pods.move_conmon("c1", "/pod", "pod", 0).error().code == Errc::invalid_argument);
  CHECK(tree.directories().empty());
}

TEST_CASE("8A-12 a monitor that cannot be moved is where it was and nothing is left of its cgroup") {
  for (const std::string_view refused :
       {"cpu,cpuacct/pod/crio-conmon-c1/cpu.shares", "memory/pod/crio-conmon-c1/cgroup.procs"}) {
    CAPTURE(refused);
    PodTree tree(Mode::legacy);
    tree.make("/home");
    REQUIRE(tree.manager({.path = "/home"}).add_process({}, pid).has_value());
    const OwnCgroups home(tree,
                          "6:devices:/home\n5:freezer:/home\n4:memory:/home\n3:cpu,cpuacct:/home\n2:cpuset:/home\n"
                          "1:name=systemd:/home\n",
                          pid);
    const Lines before = tree.directories();
    tree.on_write = [&](const std::string& file, const std::string&) { return file == refused ? EIO : 0; };

    const auto moved = tree.pods.move_conmon("c1", "/pod", "pod", pid, resources(R"({"cpu":{"shares":512}})"));
    CHECK((moved.error().system == std::errc::io_error));
    CHECK(tree.directories() == before);
    for (const std::string& hierarchy : test::v1_hierarchies) {
      CHECK(test::read_text(tree / hierarchy / "home/cgroup.procs").find("42") != std::string::npos);
    }
  }
}

TEST_CASE("a monitor that is not there is told before anything is made") {
  const PodTree tree(Mode::unified);
  CHECK((tree.pods.move_conmon("c1", "/pod", "pod", 0x3fffffff).error().system == std::errc::no_such_process));
  CHECK(tree.directories().empty());
}

TEST_CASE("a cgroup that a monitor finds there is not removed when the move fails") {
  PodTree tree(Mode::unified);
  tree.make("/pod/crio-conmon-c1");
  const OwnCgroups home(tree, "0::/outside\n", pid);
  tree.on_write = [](const std::string& file, const std::string&) { return file.ends_with("cgroup.procs") ? EIO : 0; };
  CHECK(tree.pods.move_conmon("c1", "/pod", "pod", pid).has_error());
  CHECK(tree.has("pod/crio-conmon-c1"));
}

TEST_CASE("a process joins the cgroup of a container's process in each hierarchy") {
  PodTree tree(Mode::legacy);
  tree.make("/pod/crio-c1");
  const OwnCgroups container(tree,
                             "4:memory:/pod/crio-c1\n3:cpu,cpuacct:/pod/crio-c1\n2:cpuset:/pod/crio-c1\n"
                             "1:name=systemd:/pod/crio-c1\n5:freezer:/pod/crio-c1\n6:devices:/pod/crio-c1\n",
                             7);
  REQUIRE(move_process_to_container(tree.hierarchy(), 7, pid).has_value());
  for (const std::string& hierarchy : test::v1_hierarchies) {
    CHECK(test::read_text(tree / hierarchy / "pod/crio-c1/cgroup.procs") == "42\n");
  }
}

TEST_CASE("a process does not join a container that is not there") {
  const PodTree tree(Mode::unified);
  CHECK((move_process_to_container(tree.hierarchy(), 0x3fffffff, pid).error().system == std::errc::no_such_process));
  CHECK(move_process_to_container(tree.hierarchy(), 0, pid).error().code == Errc::invalid_argument);
  CHECK(move_process_to_container(tree.hierarchy(), 7, -1).error().code == Errc::invalid_argument);
}
