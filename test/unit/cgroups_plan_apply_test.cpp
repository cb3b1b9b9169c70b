// SPDX-License-Identifier: Apache-2.0
// How a plan's writes are done, with files that fail as told.
#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "cgroups/plan_apply.hpp"
#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::resources;
using Lines = std::vector<std::string>;

namespace {

/// Files in memory. Those in `failures` fail, each as often as it has error numbers there; 0 is no failure.
class FakeFiles final : public ControllerFiles {
 public:
  std::map<std::string, std::string> texts{};
  std::map<std::string, std::deque<int>> failures{};
  Lines written{};
  std::optional<Error> attach_failure{};
  int attached = 0;

  [[nodiscard]] bool has(Place place, std::string_view file) const override {
    return texts.contains(name(place, file));
  }
  [[nodiscard]] Result<std::string> read(Place place, std::string_view file) const override {
    const auto found = texts.find(name(place, file));
    if (found == texts.end()) return failed(name(place, file), ENOENT);
    return found->second;
  }
  [[nodiscard]] Result<void> write(Place place, std::string_view file, std::string_view value) override {
    const std::string key = name(place, file);
    const auto found = failures.find(key);
    if (found != failures.end() && !found->second.empty()) {
      const int error = found->second.front();
      found->second.pop_front();
      if (error != 0) return failed(key, error);
    }
    texts[key] = value;
    written.push_back(key + ' ' + std::string(value));
    return {};
  }
  [[nodiscard]] Result<void> attach(const DeviceProgram&) override {
    ++attached;
    if (attach_failure) return *attach_failure;
    return {};
  }
  [[nodiscard]] std::optional<Lines> hugepage_sizes() const override { return Lines{"2MB"}; }
  [[nodiscard]] bool in_user_namespace() const override { return false; }

 private:
  static std::string name(Place place, std::string_view file) {
    return std::string(place ? to_string(*place) : "") + '/' + std::string(file);
  }
  static Error failed(const std::string& key, int error) {
    return Error(Errc::system_error, "write " + key, {error, std::generic_category()});
  }
};

Plan plan_v1(const char* json) { return plan(resources(json), Placement::legacy()).value(); }
Plan plan_v2(const char* json) { return plan(resources(json), Placement::pure_v2()).value(); }

constexpr const char* times = R"({"cpu":{"period":50000,"quota":20000,"burst":1000},"pids":{"limit":5}})";

}  // namespace

TEST_CASE("writes of a plan are done in order") {
  FakeFiles files;
  REQUIRE(apply(plan_v2(R"({"pids":{"limit":5},"memory":{"limit":100,"swap":100}})"), files).has_value());
  CHECK(files.written == Lines{"pids/pids.max 5", "memory/memory.swap.max 0", "memory/memory.max 100"});
}

TEST_CASE("a value that is invalid for now is written after those it depends on") {
  FakeFiles files;
  files.failures = {{"cpu/cpu.cfs_period_us", {EINVAL}}, {"cpu/cpu.cfs_burst_us", {EINVAL}}};
  REQUIRE(apply(plan_v1(times), files).has_value());
  CHECK(files.written == Lines{"cpu/cpu.cfs_quota_us 20000", "cpu/cpu.cfs_period_us 50000", "cpu/cpu.cfs_burst_us 1000",
                               "pids/pids.max 5"});
}

TEST_CASE("a value that stays invalid is an error before the next controller is touched") {
  FakeFiles files;
  files.failures = {{"cpu/cpu.cfs_period_us", {EINVAL, EINVAL, EINVAL}}};
  const auto done = apply(plan_v1(times), files);
  CHECK(done.error().reason == "/cpu/period: write cpu/cpu.cfs_period_us");
  CHECK(done.error().system == std::errc::invalid_argument);
  CHECK(files.written == Lines{"cpu/cpu.cfs_burst_us 1000", "cpu/cpu.cfs_quota_us 20000"});
}

TEST_CASE("a retried value that fails at the end of the plan is an error") {
  FakeFiles files;
  files.failures = {{"cpu/cpu.cfs_period_us", {EINVAL, EINVAL, EINVAL}}};
  CHECK(apply(plan_v1(R"({"cpu":{"period":50000,"quota":20000}})"), files).error().system ==
        std::errc::invalid_argument);
}

TEST_CASE("a file that may be missing is no failure and any other is") {
  FakeFiles files;
  files.failures = {{"cpu/cpu.cfs_burst_us", {ENOENT}}};
  CHECK(apply(plan_v1(times), files).has_value());
  files.failures = {{"cpu/cpu.cfs_burst_us", {EACCES}}};
  CHECK(apply(plan_v1(times), files).error().reason == "/cpu/burst: write cpu/cpu.cfs_burst_us");
  files.failures = {{"pids/pids.max", {ENOENT}}};
  CHECK(apply(plan_v1(times), files).error().reason == "/pids/limit: write pids/pids.max");
  files.failures = {{"memory/memory.swap.max", {ENOENT}}};
  CHECK(apply(plan_v2(R"({"memory":{"limit":100,"swap":101}})"), files).error().reason ==
        "/memory/swap: write memory/memory.swap.max (the kernel does not count swap)");
}

TEST_CASE("a limit of memory below what is used is told with how much that is") {
  FakeFiles files;
  files.texts = {{"memory/memory.usage_in_bytes", "500\n"}, {"memory/memory.max_usage_in_bytes", "900\n"}};
  files.failures = {{"memory/memory.limit_in_bytes", {EBUSY}}};
  const auto done = apply(plan_v1(R"({"memory":{"limit":100}})"), files);
  CHECK(done.error().code == Errc::cgroup_busy);
  CHECK(done.error().reason ==
        "/memory/limit: write memory/memory.limit_in_bytes (500 bytes in use, 900 bytes at most so far)");
}

TEST_CASE("a plan is done in parts around the joining of a process") {
  const Plan made = plan_v1(R"({"memory":{"limit":100},"cpu":{"cpus":"0","shares":512},"pids":{"limit":5}})");
  FakeFiles before;
  REQUIRE(apply(made, before, PlanPart::before_join).has_value());
  CHECK(before.written == Lines{"cpuset/cpuset.cpus 0", "memory/memory.limit_in_bytes 100"});
  FakeFiles after;
  REQUIRE(apply(made, after, PlanPart::after_join).has_value());
  CHECK(after.written == Lines{"cpu/cpu.shares 512", "pids/pids.max 5"});
}

TEST_CASE("devices of v1 are looked at after they were written") {
  const Plan made = plan_v1(R"({"devices":[{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}]})");
  FakeFiles files;
  files.texts["devices/devices.list"] = "c 1:3 rwm\n";
  CHECK(apply(made, files).has_value());
  CHECK(files.written == Lines{"devices/devices.deny a *:* rwm", "devices/devices.allow c 1:3 rwm"});
  files.texts["devices/devices.list"] = "c 1:3 rw\n";
  CHECK(apply(made, files).error().reason == "/devices: after all was written devices.list tells something else");
  files.texts["devices/devices.list"] = "what\n";
  CHECK(apply(made, files).error().code == Errc::malformed_output);
}

TEST_CASE("a device program that may not be attached matters only where it denies something") {
  const Error refused(Errc::system_error, "attach", std::make_error_code(std::errc::operation_not_permitted));
  FakeFiles files;
  files.attach_failure = refused;
  CHECK(apply(plan_v2(R"({"devices":[{"allow":true,"access":"rwm"}]})"), files).has_value());
  const Plan denying = plan_v2(R"({"devices":[{"allow":false,"access":"rwm"}],"pids":{"limit":5}})");
  CHECK(apply(denying, files).error().reason == "/devices: attach");
  CHECK(files.written.empty());
  files.attach_failure.reset();
  CHECK(apply(denying, files, PlanPart::after_join).has_value());
  CHECK(files.attached == 2);
}

TEST_CASE("a file of a controller that is not known here tells that it may be absent") {
  FakeFiles files;
  files.failures = {{"/dmem.max", {ENOENT}}, {"/cgroup.freeze", {ENOENT}}};
  CHECK(apply(plan_v2(R"({"unified":{"dmem.max":"5"}})"), files).error().code == Errc::controller_unavailable);
  CHECK(apply(plan_v2(R"({"unified":{"cgroup.freeze":"1"}})"), files).error().code == Errc::system_error);
}

TEST_CASE("what is in force is read for the resources that need it") {
  FakeFiles files;
  files.texts = {{"memory/memory.limit_in_bytes", "9223372036854771712\n"},
                 {"memory/memory.memsw.limit_in_bytes", "4096\n"},
                 {"cpu/cpu.cfs_quota_us", "-1\n"},
                 {"cpu/cpu.cfs_period_us", "100000\n"},
                 {"cpu/cpu.idle", "1\n"},
                 {"cpuset/cpus", ""},
                 {"io/blkio.bfq.weight", ""},
                 {"devices/devices.list", "c 1:3 r\n"}};
  const auto read = [&](const char* json) {
    return read_current_limits(resources(json), Placement::legacy(), files).value();
  };
  const CurrentLimits memory = read(R"({"memory":{"limit":1}})");
  CHECK(memory.memory_limit == Limit());
  CHECK(memory.memory_swap_limit == Limit(4096));
  CHECK_FALSE(memory.cpu_quota_us.has_value());
  const CurrentLimits cpu = read(R"({"cpu":{"shares":2}})");
  CHECK(cpu.cpu_quota_us == Limit());
  CHECK(cpu.cpu_period_us == 100000);
  CHECK(cpu.cpu_idle == true);
  CHECK(cpu.cpuset_without_prefix);
  CHECK_FALSE(cpu.cpu_burst_us.has_value());
  CHECK(read(R"({"blockIO":{}})").io_weight_file == "blkio.bfq.weight");
  CHECK(read(R"({"hugepageLimits":[{"pageSize":"2MB","limit":1}]})").hugepage_sizes == Lines{"2MB"});
  CHECK(read(R"({"devices":[{"allow":true,"access":"r"}]})").devices == DeviceRules::parse("c 1:3 r").value());
}

TEST_CASE("what is in force on v2 is read for the resources that need it") {
  FakeFiles files;
  files.texts = {{"memory/memory.max", "max\n"},        {"memory/memory.current", "4096\n"},
                 {"memory/memory.swap.current", "7\n"}, {"cpu/cpu.max", "20000 50000\n"},
                 {"cpu/cpu.max.burst", "10\n"},         {"cpu/cpu.idle", "0\n"},
                 {"io/io.weight", "default 100\n"}};
  const auto read = [&](const char* json) {
    return read_current_limits(resources(json), Placement::pure_v2(), files).value();
  };
  CHECK(read(R"({"memory":{"limit":1}})").memory_limit == Limit());
  CHECK_FALSE(read(R"({"memory":{"limit":1}})").memory_usage_bytes.has_value());
  CHECK(read(R"({"memory":{"checkBeforeUpdate":true}})").memory_usage_bytes == 4096);
  CHECK(read(R"({"memory":{"checkBeforeUpdate":true}})").swap_usage_bytes == 7);
  const CurrentLimits cpu = read(R"({"cpu":{}})");
  CHECK(cpu.cpu_quota_us == Limit(20000));
  CHECK(cpu.cpu_period_us == 50000);
  CHECK(cpu.cpu_burst_us == 10);
  CHECK(cpu.cpu_idle == false);
  CHECK(read(R"({"blockIO":{}})").io_weight_file == "io.weight");
  files.texts["io/io.bfq.weight"] = "";
  CHECK(read(R"({"blockIO":{}})").io_weight_file == "io.bfq.weight");
}
