// SPDX-License-Identifier: Apache-2.0
// Plans on real cgroups: values that the kernel checks against each other, in every order.
#include <doctest/doctest.h>

#include <unistd.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/update.hpp>
#include <crunc/crunc.hpp>

#include "support/plan_text.hpp"
#include "support/requirements.hpp"
#include "support/test_cgroup.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::resources;

namespace {

class UpdatedCgroup : public test::TestCgroup {
 public:
  /// Empty, or what failed.
  std::string update(const std::string& json) {
    const auto done = cgroups::update(cgroup, resources(json));
    return done ? "" : done.error().message();
  }
  [[nodiscard]] std::string read(const char* controller, const char* file) const {
    const auto paths = cgroup.paths();
    const auto found = paths.find(controller);
    std::string text = test::read_text((found == paths.end() ? paths.at("") : found->second) + "/" + file);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
};

std::string memory(long limit, long swap) {
  return R"({"memory":{"limit":)" + std::to_string(limit) + R"(,"swap":)" + std::to_string(swap) + "}}";
}

bool skip_without(const UpdatedCgroup& test, Controller controller) {
  return test::skip_unless(test.cgroup.controllers().contains(controller),
                           "no controller " + std::string(to_string(controller)));
}

}  // namespace

TEST_CASE("8A-1 memory and swap go up and down together on a real cgroup") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::memory)) return;
  constexpr long mib = 1048576;
  for (const auto& [limit, swap] : {std::pair(64L, 64L), std::pair(128L, 256L), std::pair(32L, 40L),
                                    std::pair(512L, 512L), std::pair(16L, 1024L), std::pair(2048L, 2048L)}) {
    CHECK(test.update(memory(limit * mib, swap * mib)) == "");
    const bool v1 = placement_of(test.cgroup).v1.contains(Controller::memory);
    CHECK(test.read("memory", v1 ? "memory.limit_in_bytes" : "memory.max") == std::to_string(limit * mib));
    if (v1) CHECK(test.read("memory", "memory.memsw.limit_in_bytes") == std::to_string(swap * mib));
  }
  CHECK(test.update(memory(64 * mib, -1)) == "");
  CHECK(test.update(R"({"memory":{"limit":-1}})") == "");
  CHECK(test.update(memory(64 * mib, 64 * mib)) == "");
}

TEST_CASE("period and quota and burst change in any direction on a real cgroup") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::cpu)) return;
  for (const char* times :
       {R"("period":100000,"quota":50000,"burst":50000)", R"("period":10000,"quota":5000,"burst":100)",
        R"("period":1000000,"quota":900000,"burst":800000)", R"("period":1000,"quota":1000,"burst":0)",
        R"("period":50000,"quota":-1,"burst":0)"}) {
    CAPTURE(times);
    CHECK(test.update(R"({"cpu":{)" + std::string(times) + "}}") == "");
  }
  CHECK(test.update(R"({"cpu":{"quota":20000,"burst":20000}})") == "");
  CHECK(test.update(R"({"cpu":{"quota":10000}})").find("burst in force") != std::string::npos);
}

TEST_CASE("a shorter period that only fits with the new quota is written after it") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::cpu)) return;
  REQUIRE(test.update(R"({"cpu":{"period":100000,"quota":50000}})") == "");
  auto inner = test.cgroup.child("inner");
  REQUIRE(inner.has_value());
  REQUIRE(update(*inner, resources(R"({"cpu":{"period":100000,"quota":40000}})")).has_value());

  const auto done = update(*inner, resources(R"({"cpu":{"period":10000,"quota":4000}})"));

  CAPTURE(done.has_value() ? "" : done.error().message());
  CHECK(done.has_value());
}

TEST_CASE("a cgroup that was idle gets its weight back") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::cpu)) return;
  CHECK(test.update(R"({"cpu":{"idle":1,"shares":100}})") == "");
  CHECK(test.read("cpu", "cpu.idle") == "1");
  CHECK(test.update(R"({"cpu":{"shares":512}})").find("cpu.idle is 1") != std::string::npos);
  CHECK(test.update(R"({"cpu":{"idle":0,"shares":512}})") == "");
  const bool v1 = placement_of(test.cgroup).v1.contains(Controller::cpu);
  CHECK(test.read("cpu", v1 ? "cpu.shares" : "cpu.weight") == (v1 ? "512" : "59"));
}

TEST_CASE("the limits of every accepted value are those of the kernel") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (!skip_without(test, Controller::cpu)) {
    for (const char* shares : {"2", "1024", "262144"}) {
      CHECK(test.update(R"({"cpu":{"shares":)" + std::string(shares) + "}}") == "");
    }
  }
  if (!skip_without(test, Controller::pids)) {
    for (const char* limit : {"1", "0", "-1", "-7", "4194303"}) {
      CHECK(test.update(R"({"pids":{"limit":)" + std::string(limit) + "}}") == "");
    }
  }
  if (placement_of(test.cgroup).v1.contains(Controller::memory)) {
    for (const char* value : {"0", "100"}) {
      CHECK(test.update(R"({"memory":{"swappiness":)" + std::string(value) + "}}") == "");
    }
    CHECK(test.update(R"({"memory":{"disableOOMKiller":true}})") == "");
    CHECK(test.update(R"({"memory":{"disableOOMKiller":false}})") == "");
    CHECK(test.read("memory", "memory.oom_control").find("oom_kill_disable 0") != std::string::npos);
  }
}

TEST_CASE("a limit for huge pages is written where the controller is") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::hugetlb)) return;
  CHECK(test.update(R"({"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]})") == "");
  const bool v1 = placement_of(test.cgroup).v1.contains(Controller::hugetlb);
  CHECK(test.read("hugetlb", v1 ? "hugetlb.2MB.limit_in_bytes" : "hugetlb.2MB.max") == "4194304");
  CHECK(test.update(R"({"hugepageLimits":[{"pageSize":"3MB","limit":1}]})").find("which has") != std::string::npos);
}

TEST_CASE("a rate for a block device that is not there does not look like a cgroup that is gone") {
  if (test::skip_unless_root()) return;
  UpdatedCgroup test;
  if (skip_without(test, Controller::io)) return;
  const auto done =
      update(test.cgroup, resources(R"({"blockIO":{"throttleReadBpsDevice":[{"major":4000,"minor":1,"rate":4096}]}})"));
  REQUIRE(done.has_error());
  CHECK(done.error().code == Errc::system_error);
  CHECK(done.error().system == std::errc::no_such_device);
  CHECK(done.error().reason.starts_with("/blockIO/throttleReadBpsDevice/0/rate: "));
}
