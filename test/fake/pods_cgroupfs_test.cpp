// SPDX-License-Identifier: Apache-2.0
// PodCgroups with the driver cgroupfs on trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include <unistd.h>

#include <crunc/cgroups/pods.hpp>

#include "support/pod_tree.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::every_mode;
using test::index_of;
using test::PodTree;
using Lines = std::vector<std::string>;

namespace {

constexpr pid_t pid = 42;

}  // namespace

TEST_CASE("a container's manager and the pod's are where their paths say and leave devices alone") {
  for (const Mode mode : every_mode) {
    CAPTURE(std::string(to_string(mode)));
    const PodTree tree(mode);
    const Manager container = tree.pods.container("/kubepods/pod1", "c1").value();
    CHECK(container.path(Controller::memory) == tree.file("kubepods/pod1/crio-c1").string());
    CHECK(container.config().conversion.skip_devices);
    CHECK(tree.pods.container("", "c1").value().path(Controller::memory) == tree.file("crio/crio-c1").string());
    CHECK(tree.directories().empty());
  }
}

TEST_CASE("8A-11 the pod's cgroup is its parent and no slice") {
  for (const Mode mode : every_mode) {
    CAPTURE(std::string(to_string(mode)));
    const PodTree tree(mode);
    CHECK(tree.pods.sandbox("/kubepods/pod1").value().path(Controller::memory) == tree.file("kubepods/pod1").string());
    tree.make("/kubepods/pod1");
    test::write_text(
        tree.file(mode == Mode::unified ? "kubepods/pod1/memory.current" : "kubepods/pod1/memory.usage_in_bytes"),
        "8192\n");
    CHECK(tree.pods.sandbox_stats("kubepods/pod1").value().memory.usage == 8192);
  }
}

TEST_CASE("a pod without a parent has no cgroup of its own") {
  const PodTree tree(Mode::unified);
  tree.make("/crio");
  CHECK(tree.pods.sandbox("").error().code == Errc::invalid_argument);
  CHECK(tree.pods.sandbox_stats("").error().code == Errc::invalid_argument);
  CHECK(tree.pods.sandbox_processes("").error().code == Errc::invalid_argument);
  CHECK(tree.pods.managers("", "c1").error().code == Errc::invalid_argument);
}

TEST_CASE("a container's statistics are CRI-O's and 8A-13 without a limit nothing is left over") {
  const PodTree tree(Mode::legacy);
  CHECK(tree.pods.container_stats("/pod", "c1").error().code == Errc::cgroup_not_found);
  tree.make("/pod/crio-c1");
  test::write_text(tree.file("pod/crio-c1/memory.usage_in_bytes"), "8192\n");
  test::write_text(tree.file("pod/crio-c1/memory.limit_in_bytes"), "9223372036854771712\n");
  test::write_text(tree.file("pod/crio-c1/memory.stat"), "total_inactive_file 4096\ntotal_rss 100\n");
  test::write_text(tree / "cpu,cpuacct/pod/crio-c1/cpuacct.usage", "7000\n");

  const crio::CgroupStats stats = tree.pods.container_stats("/pod", "c1").value();
  CHECK(stats.memory.usage == 8192);
  CHECK(stats.memory.working_set_bytes == 4096);
  CHECK(stats.memory.rss_bytes == 100);
  CHECK(stats.memory.available_bytes == 0);
  CHECK(stats.cpu.total_usage_nano == 7000);
  CHECK(stats.system_nano > 0);
  CHECK(tree.pods.container_stats("/pod", "c2").error().code == Errc::cgroup_not_found);
}

TEST_CASE("the managers of a pod are its own and the container's and of crun one more") {
  for (const Mode mode : every_mode) {
    CAPTURE(std::string(to_string(mode)));
    PodTree tree(mode);
    tree.make("/pod/crio-c1");
    CHECK(tree.pods.managers("/pod", "c1").value().container.size() == 1);

    tree.make("/pod/crio-c1/container");
    const PodManagers all = tree.pods.managers("/pod", "c1").value();
    CHECK(all.pod.path(Controller::memory) == tree.file("pod").string());
    REQUIRE(all.container.size() == 2);
    CHECK(all.container[0].path(Controller::memory) == tree.file("pod/crio-c1").string());
    CHECK(all.container[1].path(Controller::memory) == tree.file("pod/crio-c1/container").string());
    CHECK(all.container[1].config().conversion.skip_devices);

    REQUIRE(tree.manager({.path = "/pod/crio-c1"}).add_process({}, pid).has_value());
    CHECK(tree.pods.managers("/pod", "c1").value().container.size() == 1);
  }
}

TEST_CASE("a container's processes are those of crun's cgroup too") {
  PodTree tree(Mode::unified);
  tree.make("/pod/crio-c1/container");
  const pid_t self = ::getpid();
  REQUIRE(tree.manager({.path = "/pod/crio-c1/container"}).add_process({}, self).has_value());
  test::write_text(tree / "pod/crio-c1/pids.current", "7\n");
  test::write_text(tree / "pod/crio-c1/pids.max", "max\n");

  const crio::ProcessStats stats = tree.pods.container_processes("/pod", "c1").value();
  CHECK(stats.pids == std::vector<pid_t>{self});
  CHECK(stats.file_descriptors >= 3);
  CHECK(stats.sockets <= stats.file_descriptors);
  CHECK(stats.ulimits_soft > 0);
  CHECK(stats.threads == 7);
  CHECK(stats.threads_max == 0);
  CHECK(tree.pods.sandbox_processes("/pod").value().pids == stats.pids);
  CHECK(tree.pods.container_processes("/pod", "c2").error().code == Errc::cgroup_not_found);
}

TEST_CASE("of a limit of the container's cgroup and one of crun's below it the lower is told") {
  PodTree tree(Mode::unified);
  tree.make("/pod/crio-c1/container");
  const auto limits = [&](std::string_view own, std::string_view inner) {
    for (const char* const file : {"memory.max", "pids.max"}) {
      test::write_text(tree / "pod/crio-c1" / file, own);
      test::write_text(tree / "pod/crio-c1/container" / file, inner);
    }
    for (const char* const cgroup : {"pod/crio-c1", "pod/crio-c1/container"}) {
      test::write_text(tree / cgroup / "memory.current", "10\n");
      test::write_text(tree / cgroup / "pids.current", "1\n");
    }
    const crio::CgroupStats stats = tree.pods.container_stats("/pod", "c1").value();
    return std::pair(stats.memory.limit, stats.pid.limit);
  };

  CHECK(limits("max\n", "4096\n") == std::pair<std::uint64_t, std::uint64_t>(4096, 4096));
  CHECK(limits("4096\n", "max\n") == std::pair<std::uint64_t, std::uint64_t>(4096, 4096));
  CHECK(limits("4096\n", "8192\n") == std::pair<std::uint64_t, std::uint64_t>(4096, 4096));
  CHECK(tree.pods.container_stats("/pod", "c1").value().memory.available_bytes == 4086);
}

TEST_CASE("an exec cgroup is below the container or below what crun has made in it") {
  PodTree tree(Mode::unified);
  const std::string path = tree.pods.container_path("/pod", "c1").value();
  tree.make(path);
  CHECK(tree.pods.exec(path).value().path(Controller::memory) == (tree / "pod/crio-c1/exec").string());
  tree.make(path + "/container");
  Manager exec = tree.pods.exec(path).value();
  REQUIRE(exec.apply(pid).has_value());
  CHECK(tree.processes("pod/crio-c1/container/exec") == "42\n");
  CHECK(tree.pods.exec("").error().code == Errc::invalid_argument);
  CHECK(tree.pods.exec("a.slice:crio:c1").error().code == Errc::invalid_argument);
}

TEST_CASE("an exec cgroup is unsupported with controllers on v1") {
  for (const Mode mode : {Mode::legacy, Mode::hybrid}) {
    const PodTree tree(mode);
    CHECK(tree.pods.exec("/pod/crio-c1").error().code == Errc::unsupported);
  }
}

TEST_CASE("a sandbox is made in all hierarchies and removed") {
  for (const Mode mode : every_mode) {
    CAPTURE(std::string(to_string(mode)));
    PodTree tree(mode);
    tree.make("/pod");
    const Lines before = tree.directories();
    REQUIRE(tree.pods.create_sandbox("pod", "s1").has_value());
    CHECK(tree.has(mode == Mode::unified ? "pod/crio-s1" : "memory/pod/crio-s1"));
    if (mode == Mode::hybrid) CHECK(tree.has("unified/pod/crio-s1"));
    CHECK(tree.pods.create_sandbox("pod", "s1").has_value());

    CHECK(tree.pods.remove_sandbox("pod", "s1").has_value());
    CHECK(tree.directories() == before);
    CHECK(tree.pods.remove_sandbox("pod", "s1").has_value());
  }
}

TEST_CASE("on v1 a sandbox balances no load before it has cpus") {
  for (const Mode mode : {Mode::legacy, Mode::hybrid}) {
    CAPTURE(std::string(to_string(mode)));
    PodTree tree(mode);
    tree.make("/pod");
    static_cast<void>(tree.take_writes());

    REQUIRE(tree.pods.create_sandbox("/pod", "s1").has_value());
    const Lines writes = tree.take_writes();
    const size_t unbalanced = index_of(writes, "cpuset/pod/crio-s1/cpuset.sched_load_balance=0");
    REQUIRE(unbalanced < writes.size());
    CHECK(unbalanced < index_of(writes, "cpuset/pod/crio-s1/cpuset.cpus=0-3"));
    CHECK(index_of(writes, "cpuset/pod/crio-s1/cpuset.cpus=0-3") < writes.size());
    CHECK(test::read_text(tree / "cpuset/pod/cpuset.sched_load_balance") == "1\n");
  }
}

TEST_CASE("a sandbox needs no cpuset controller") {
  PodTree tree(Mode::legacy, "", {"devices", "memory"});
  CHECK(tree.pods.create_sandbox("/pod", "s1").has_value());
}

TEST_CASE("a sandbox that cannot be made leaves nothing behind") {
  for (const std::string_view refused : {"cpuset.sched_load_balance", "cpuset.cpus"}) {
    PodTree tree(Mode::legacy);
    tree.on_write = [&](const std::string& file, const std::string&) {
      return file == "cpuset/pod/crio-s1/" + std::string(refused) ? EACCES : 0;
    };
    CHECK((tree.pods.create_sandbox("/pod", "s1").error().system == std::errc::permission_denied));
    CHECK(tree.directories().empty());
  }
  for (const Mode mode : every_mode) {
    CAPTURE(std::string(to_string(mode)));
    PodTree tree(mode);
    tree.make("/pod");
    const Lines before = tree.directories();
    tree.on_mkdir = [&](const std::string& made) {
      return made == (mode == Mode::unified ? "pod/crio-s1" : "memory/pod/crio-s1") ? ENOSPC : 0;
    };
    CHECK((tree.pods.create_sandbox("/pod", "s1").error().system == std::errc::no_space_on_device));
    CHECK(tree.directories() == before);
  }
}
