// SPDX-License-Identifier: Apache-2.0
// Devices of real cgroups: what is denied is denied to a process in it, on either version.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/update.hpp>
#include <crunc/crunc.hpp>

#include "support/plan_text.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"
#include "support/test_cgroup.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::resources;

namespace {

class CgroupOfShells : public test::TestCgroup {
 public:
  /// What a shell in it prints, "ok" or its error, for each command.
  [[nodiscard]] std::string run(const std::string& command) const {
    std::string script;
    for (const auto& [name, path] : cgroup.paths()) {
      if (name.empty() || name == "devices") script += "echo $$ > " + path + "/cgroup.procs || exit 9\n";
    }
    const auto result = test::run_program({"/bin/sh", "-c", script + command});
    return result.status == 0 ? "ok" : result.err;
  }
};

bool skip_without_bpf(const CgroupOfShells& test) {
  if (test.cgroup.unified_fd() < 0) return test::skip_unless(false, "no cgroup v2 is mounted");
  const auto asked = attached_device_programs(test.cgroup.unified_fd());
  return test::skip_unless(asked.has_value(), "bpf(2) is refused: " + (asked ? "" : asked.error().message()));
}

DeviceProgram program(const char* json) {
  return make_device_program(read_device_rules(resources(json).devices).value());
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

constexpr const char* denied = "ermitted";
/// null may be used and zero but be read.
constexpr const char* some = R"({"devices":[{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},
    {"allow":true,"type":"c","major":1,"minor":5,"access":"r"}]})";

void check_some(const CgroupOfShells& test, const test::TempDir& dir) {
  const std::string node = (dir / "node").string();
  CHECK(test.run("echo x > /dev/null") == "ok");
  CHECK(test.run("head -c 1 /dev/zero > /dev/null") == "ok");
  CHECK(contains(test.run("echo x > /dev/zero"), denied));
  CHECK(contains(test.run("exec 3<>/dev/zero"), denied));
  CHECK(contains(test.run("head -c 1 /dev/full"), denied));
  CHECK(test.run("mknod " + node + " c 1 3 && rm " + node) == "ok");
  CHECK(contains(test.run("mknod " + node + " c 1 5"), denied));
  CHECK(contains(test.run("mknod " + node + " b 1 3"), denied));
}

}  // namespace

TEST_CASE("a device program of cgroup v2 denies what its rules do") {
  if (test::skip_unless_root()) return;
  const CgroupOfShells test;
  if (skip_without_bpf(test)) return;
  const test::TempDir dir;

  const auto attached = attach(program(some), test.cgroup.unified_fd());
  CAPTURE(attached.has_value() ? "" : attached.error().message());
  REQUIRE(attached.has_value());

  check_some(test, dir);
}

TEST_CASE("8A-4 updates of a device program replace the one before and can allow more") {
  if (test::skip_unless_root()) return;
  const CgroupOfShells test;
  if (skip_without_bpf(test)) return;
  const int fd = test.cgroup.unified_fd();
  REQUIRE(attached_device_programs(fd).value().empty());

  REQUIRE(attach(program(R"({"devices":[{"allow":false,"access":"rwm"}]})"), fd).has_value());
  const auto first = attached_device_programs(fd).value();
  CHECK(first.size() == 1);
  CHECK(contains(test.run("echo x > /dev/null"), denied));

  REQUIRE(attach(program(R"({"devices":[{"allow":true,"access":"rwm"}]})"), fd).has_value());
  const auto second = attached_device_programs(fd).value();
  CHECK(second.size() == 1);
  CHECK(second != first);
  CHECK(test.run("echo x > /dev/null") == "ok");
}

TEST_CASE("seventy updates of a device program leave one attached") {
  if (test::skip_unless_root()) return;
  const CgroupOfShells test;
  if (skip_without_bpf(test)) return;
  for (int i = 0; i < 70; ++i) REQUIRE(attach(program(some), test.cgroup.unified_fd()).has_value());
  CHECK(attached_device_programs(test.cgroup.unified_fd()).value().size() == 1);
}

TEST_CASE("devices of cgroup v1 change by their difference") {
  if (test::skip_unless_root()) return;
  CgroupOfShells test;
  if (test::skip_unless(placement_of(test.cgroup).v1.contains(Controller::devices), "no devices controller of v1"))
    return;
  const test::TempDir dir;
  const auto planned = [&](const char* json) {
    const auto current = read_current_limits(test.cgroup, resources(json)).value();
    return test::lines(plan(resources(json), placement_of(test.cgroup), {}, current).value());
  };
  const std::string wider = R"({"devices":[{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},
      {"allow":true,"type":"c","major":1,"minor":5,"access":"rw"}]})";

  REQUIRE(planned(some).front() == "devices/devices.deny a *:* rwm");
  REQUIRE(update(test.cgroup, resources(some)).has_value());
  check_some(test, dir);
  CHECK(planned(some).empty());
  CHECK(planned(wider.c_str()) == std::vector<std::string>{"devices/devices.allow c 1:5 w"});
  REQUIRE(update(test.cgroup, resources(wider)).has_value());
  CHECK(test.run("echo x > /dev/zero") == "ok");
  REQUIRE(update(test.cgroup, resources(R"({"devices":[{"allow":true,"access":"rwm"}]})")).has_value());
  CHECK(test.run("head -c 1 /dev/full") == "ok");
}
