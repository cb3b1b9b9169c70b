// SPDX-License-Identifier: Apache-2.0
// PodCgroups: the choice of a manager, paths, and the memory that a pod has, on trees that play cgroup file systems.
#include <doctest/doctest.h>

#include <cerrno>

#include <crunc/cgroups/pods.hpp>

#include "support/manager_tree.hpp"
#include "support/recorded_units.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::ManagerTree;
using test::RecordedUnits;

namespace {

constexpr std::int64_t mebibyte = 1024L * 1024;

PodCgroups cgroupfs(const ManagerTree& tree, PodOptions options = {}) {
  return PodCgroups::make("cgroupfs", tree.hierarchy(), std::move(options)).value();
}

PodCgroups systemd(const ManagerTree& tree, const std::string& root = {}) {
  auto units = std::make_shared<RecordedUnits>();
  units->root_answer = root;
  return PodCgroups::make("systemd", tree.hierarchy(), {.units = units}).value();
}

bool says(const Error& error, std::string_view words) { return error.reason.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a manager of pods is chosen by its name") {
  const ManagerTree tree(Mode::unified);
  const PodCgroups directories = cgroupfs(tree);
  CHECK(directories.name() == "cgroupfs");
  CHECK_FALSE(directories.is_systemd());
  CHECK(directories.default_parent() == "/crio");
  CHECK(directories.options().min_memory_bytes == 12 * mebibyte);
  CHECK(cgroupfs(tree, {.prefix = "pods"}).default_parent() == "/pods");

  const PodCgroups units = systemd(tree);
  CHECK(units.name() == "systemd");
  CHECK(units.is_systemd());
  CHECK(units.default_parent() == "system.slice");
  CHECK(default_cgroup_manager == units.name());
}

TEST_CASE("another name is refused with those that there are") {
  const ManagerTree tree(Mode::unified);
  for (const std::string_view name : {"", "Systemd", "cgroup", "runc"}) {
    const Error error = PodCgroups::make(name, tree.hierarchy()).error();
    CHECK(error.code == Errc::invalid_argument);
    CHECK(says(error, "\"systemd\" or \"cgroupfs\""));
  }
}

TEST_CASE("systemd needs units that can be reached and a prefix is a name") {
  const ManagerTree tree(Mode::unified);
  CHECK(says(PodCgroups::make("systemd", tree.hierarchy()).error(), "PodOptions::units"));
  auto units = std::make_shared<RecordedUnits>();
  units->root_answer = Error(Errc::system_error, "connect", std::make_error_code(std::errc::not_connected));
  CHECK((PodCgroups::make("systemd", tree.hierarchy(), {.units = units}).error().system == std::errc::not_connected));
  CHECK(PodCgroups::make("cgroupfs", tree.hierarchy(), {.prefix = ""}).error().code == Errc::invalid_argument);
  CHECK(PodCgroups::make("cgroupfs", tree.hierarchy(), {.prefix = "a/b"}).error().code == Errc::invalid_argument);
}

TEST_CASE("a container's path with cgroupfs is the same in a bundle and in a hierarchy") {
  const ManagerTree tree(Mode::unified);
  const PodCgroups pods = cgroupfs(tree);
  for (const auto& [parent, path] : std::map<std::string, std::string>{{"", "/crio/crio-c1"},
                                                                       {"/kubepods/pod1", "/kubepods/pod1/crio-c1"},
                                                                       {"kubepods/pod1/", "/kubepods/pod1/crio-c1"},
                                                                       {"/", "/crio-c1"}}) {
    CHECK(pods.container_path(parent, "c1").value() == path);
    CHECK(pods.container_absolute_path(parent, "c1").value().str() == path);
  }
  CHECK(pods.container_path("a.slice", "c1").error().code == Errc::invalid_argument);
  CHECK(pods.container_path("", "a/b").error().code == Errc::invalid_argument);
  CHECK(pods.container_absolute_path("", "..").error().code == Errc::invalid_argument);
}

TEST_CASE("a container's path with systemd is a slice and a name and in the hierarchy a scope") {
  const ManagerTree tree(Mode::unified);
  const PodCgroups pods = systemd(tree);
  for (const std::string_view parent : {"kubepods-pod1.slice", "/kubepods.slice/kubepods-pod1.slice"}) {
    CHECK(pods.container_path(parent, "c1").value() == "kubepods-pod1.slice:crio:c1");
    CHECK(pods.container_absolute_path(parent, "c1").value().str() ==
          "/kubepods.slice/kubepods-pod1.slice/crio-c1.scope");
  }
  CHECK(pods.container_path("", "c1").value() == "system.slice:crio:c1");
  CHECK(pods.container_absolute_path("", "c1").value().str() == "/system.slice/crio-c1.scope");
  CHECK(pods.container_path("/kubepods/pod1", "c1").error().code == Errc::invalid_argument);
  CHECK(pods.container_absolute_path("a.slice", "b:c").error().code == Errc::invalid_argument);
}

TEST_CASE("a user's systemd has its slices below its own cgroup") {
  const ManagerTree tree(Mode::unified);
  const PodCgroups pods = systemd(tree, "/user.slice/user-1.slice/user@1.service");
  CHECK(pods.container_path("a.slice", "c1").value() == "a.slice:crio:c1");
  CHECK(pods.container_absolute_path("a.slice", "c1").value().str() ==
        "/user.slice/user-1.slice/user@1.service/a.slice/crio-c1.scope");
}

TEST_CASE("a sandbox has a parent and a path") {
  const ManagerTree tree(Mode::unified);
  const PodCgroups directories = cgroupfs(tree);
  CHECK(directories.sandbox_path("kubepods/pod1", "s1").value() ==
        SandboxPath{"/kubepods/pod1", "/kubepods/pod1/crio-s1"});
  CHECK(directories.sandbox_path("", "s1").value() == SandboxPath{"/crio", "/crio/crio-s1"});
  CHECK(directories.sandbox_path("kubepods.slice", "s1").error().code == Errc::invalid_argument);

  const PodCgroups units = systemd(tree);
  CHECK(units.sandbox_path("/a.slice/a-b.slice", "s1").value() == SandboxPath{"a-b.slice", "a-b.slice:crio:s1"});
  CHECK(units.sandbox_path("", "s1").value() == SandboxPath{});
  CHECK(units.sandbox_path("/kubepods/pod1", "s1").error().code == Errc::invalid_argument);
}

TEST_CASE("a pod with less memory than the minimum gets no sandbox") {
  for (const Mode mode : {Mode::legacy, Mode::hybrid, Mode::unified}) {
    CAPTURE(std::string(to_string(mode)));
    ManagerTree tree(mode);
    const PodCgroups pods = cgroupfs(tree);
    REQUIRE(tree.manager({.path = "/kubepods/pod1"}).apply().has_value());
    const auto limit =
        tree / (mode == Mode::unified ? "kubepods/pod1/memory.max" : "memory/kubepods/pod1/memory.limit_in_bytes");

    test::write_text(limit, std::to_string(12 * mebibyte - 4096) + "\n");
    const Error error = pods.sandbox_path("/kubepods/pod1", "s1").error();
    CHECK(error.code == Errc::invalid_argument);
    CHECK(says(error, "pod /kubepods/pod1"));
    CHECK(says(error, "12578816"));
    CHECK(says(error, "at least 12582912"));
    CHECK(pods.sandbox_path("/kubepods/pod1", "s1", mebibyte).has_value());
    CHECK(cgroupfs(tree, {.min_memory_bytes = mebibyte}).sandbox_path("/kubepods/pod1", "s1").has_value());

    test::write_text(limit, std::to_string(12 * mebibyte) + "\n");
    CHECK(pods.sandbox_path("/kubepods/pod1", "s1").has_value());
    test::write_text(limit, mode == Mode::unified ? "max\n" : "9223372036854771712\n");
    CHECK(pods.sandbox_path("/kubepods/pod1", "s1").has_value());
    test::write_text(limit, "much\n");
    CHECK(pods.sandbox_path("/kubepods/pod1", "s1").error().code == Errc::malformed_output);
  }
}

TEST_CASE("the memory of a slice is looked at by its name as by its path") {
  for (const Mode mode : {Mode::legacy, Mode::unified}) {
    CAPTURE(std::string(to_string(mode)));
    ManagerTree tree(mode);
    const PodCgroups pods = systemd(tree);
    REQUIRE(tree.manager({.path = "/a.slice/a-b.slice"}).apply().has_value());
    test::write_text(tree / (mode == Mode::unified ? "a.slice/a-b.slice/memory.max"
                                                   : "memory/a.slice/a-b.slice/memory.limit_in_bytes"),
                     "4096\n");

    CHECK(pods.sandbox_path("a-b.slice", "s1").error().code == Errc::invalid_argument);
    CHECK(pods.sandbox_path("/a.slice/a-b.slice", "s1").error().code == Errc::invalid_argument);
    CHECK(pods.sandbox_path("/a.slice/a-b.slice", "s1", 4096).has_value());
  }
}

TEST_CASE("a pod that is not there yet or has no limit of memory is no failure") {
  ManagerTree without(Mode::legacy, "", {"cpuset", "devices"});
  REQUIRE(without.manager({.path = "/pod"}).apply().has_value());
  CHECK(cgroupfs(without).sandbox_path("/pod", "s1").has_value());

  ManagerTree tree(Mode::unified);
  CHECK(cgroupfs(tree).sandbox_path("/pod", "s1").has_value());
  CHECK(cgroupfs(tree).sandbox_path("/", "s1").has_value());
  tree.more_files.erase("memory.max");
  REQUIRE(tree.manager({.path = "/pod"}).apply().has_value());
  CHECK(cgroupfs(tree).sandbox_path("/pod", "s1").has_value());
}
