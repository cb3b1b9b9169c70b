// SPDX-License-Identifier: Apache-2.0
// Names of controllers and sets of them.
#include <doctest/doctest.h>

#include <crunc/cgroups/controller.hpp>

using namespace crunc::cgroups;

TEST_CASE("each controller is found again by its name on either version") {
  ControllerSet::all().for_each([](Controller controller) {
    CHECK(controller_named(to_string(controller)) == controller);
    CHECK(controller_named(to_string(controller, false)) == controller);
  });
  CHECK(to_string(Controller::io, false) == "blkio");
  CHECK_FALSE(controller_named("dmem").has_value());
}

TEST_CASE("a set of controllers prints as cgroup.subtree_control does") {
  ControllerSet set{Controller::pids, Controller::cpu, Controller::io};
  CHECK(to_string(set) == "cpu io pids");
  set.remove(Controller::io);
  CHECK((set | ControllerSet{Controller::rdma}).size() == 3);
  CHECK((set & ControllerSet{Controller::cpu}) == ControllerSet{Controller::cpu});
  CHECK((set - set).empty());
}
