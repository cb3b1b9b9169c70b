// SPDX-License-Identifier: Apache-2.0
//
// A cgroup of the machine's own for one test.
#pragma once

#include <unistd.h>

#include <string>

#include <crunc/cgroups/cgroup.hpp>

namespace crunc::test {

/// Made with each controller that there is, and removed with this object.
class TestCgroup {
 public:
  TestCgroup()
      : cgroup(cgroups::Cgroup::create(cgroups::Hierarchy::system().value(),
                                       cgroups::CgroupPath::parse("/crunc-test-" + std::to_string(::getpid())).value())
                   .value()) {}
  ~TestCgroup() { static_cast<void>(cgroup.remove()); }
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  cgroups::Cgroup cgroup;
};

}  // namespace crunc::test
