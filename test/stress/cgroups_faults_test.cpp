// SPDX-License-Identifier: Apache-2.0
// The life of a cgroup in which each system call fails once: an error that says what, or none, and nothing is left.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <crunc/cgroups/manager.hpp>

#include "support/faults.hpp"
#include "support/manager_tree.hpp"
#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::ManagerTree;
using test::resources;
using test::succeeded;

namespace {

constexpr pid_t some_process = 42;

ManagerConfig config() {
  return {.path = "/a/b", .resources = resources(R"({"memory":{"limit":4096},"cpu":{"shares":512}})")};
}

/// The limit is the one that was asked for if nothing was said to have failed.
void check_limit(const ManagerTree& tree, const Result<void>& set) {
  if (!succeeded(set)) return;
  for (const char* const file : {"a/b/memory.max", "memory/a/b/memory.limit_in_bytes"}) {
    if (tree.has(file)) CHECK(test::read_text(tree / file) == "4096");
  }
}

/// The process ends.
void empty(ManagerTree& tree) {
  for (const std::string& cgroup : tree.directories()) tree.put_processes(cgroup, "");
}

void live(ManagerTree& tree, const Hierarchy& hierarchy) {
  Result<Manager> manager = Manager::make(hierarchy, config());
  if (!succeeded(manager)) return;
  if (!succeeded(manager->apply(some_process))) return;
  check_limit(tree, manager->set(config().resources));
  if (const auto pids = manager->pids(); succeeded(pids)) CHECK(*pids == std::vector<pid_t>{some_process});
  succeeded(manager->stats());
  succeeded(manager->oom_kill_count());
  succeeded(manager->freezer_state());
  empty(tree);
  succeeded(manager->destroy());
}

/// What a caller does who was told of a failure.
void destroy_what_is_left(ManagerTree& tree) {
  empty(tree);
  for (const char* const path : {"/a/b", "/a"}) {
    CHECK(tree.manager({.path = path}).destroy().has_value());
  }
  CHECK(tree.directories().empty());
}

}  // namespace

TEST_CASE("a cgroup in whose life any one system call fails is right or an error and leaves nothing") {
  for (const Mode mode : {Mode::unified, Mode::legacy}) {
    CAPTURE(static_cast<int>(mode));
    ManagerTree tree(mode);
    const Hierarchy hierarchy = tree.hierarchy();
    const auto struck =
        test::sweep([&] { live(tree, hierarchy); }, [&](const test::Fault&) { destroy_what_is_left(tree); });
    for (const auto& [call, places] : struck) MESSAGE(call << " failed at " << places << " places");
    CHECK(struck.size() > 5);
  }
}
