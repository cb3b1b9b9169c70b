// SPDX-License-Identifier: Apache-2.0
// Units made, changed and stopped, with a systemd that is none.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>

#include <crunc/cgroups/systemd.hpp>

#include "systemd/fake_systemd.hpp"
#include "systemd/private_bus.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::Behaviour;
using test::FakeSystemd;
using test::FakeUnit;
using test::PrivateBus;

namespace {

/// A fake on a bus of its own, and who asks it.
struct Scene {
  PrivateBus bus{};
  FakeSystemd fake;
  std::shared_ptr<Systemd> systemd = Systemd::at(bus.address());

  explicit Scene(Behaviour behaviour = {}) : fake(bus.address(), std::move(behaviour)) {}

  [[nodiscard]] long count_of(std::string_view call) const {
    const auto calls = fake.calls();
    return std::ranges::count_if(calls, [&](const std::string& each) { return each.starts_with(call); });
  }
};

UnitRequest scope(std::vector<UnitProperty> properties = {}) {
  return {.name = "crunc-a.scope",
          .slice = "machine.slice",
          .description = "a container",
          .pids = {1, 2},
          .properties = std::move(properties)};
}

}  // namespace

TEST_CASE("a scope is made with its processes and properties of each type") {
  Scene scene;
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  using Weights = std::vector<std::pair<std::string, std::uint64_t>>;

  REQUIRE(scene.systemd
              ->start(scope({{.name = "CPUAccounting", .value = true},
                             {.name = "KillSignal", .value = std::int32_t{13}},
                             {.name = "Umask", .value = std::uint32_t{7}},
                             {.name = "Negative", .value = std::int64_t{-5}},
                             {.name = "MemoryMax", .value = std::uint64_t{1} << 40},
                             {.name = "Ratio", .value = 0.5},
                             {.name = "AllowedCPUs", .value = std::vector<std::uint8_t>{5, 0, 255}},
                             {.name = "After", .value = std::vector<std::string>{"a.service", "b.service"}},
                             {.name = "DeviceAllow", .value = Pairs{{"/dev/char/1:3", "rwm"}, {"char-pts", "rw"}}},
                             {.name = "IODeviceWeight", .value = Weights{{"/dev/block/8:0", 200}}}}))
              .has_value());

  const std::map<std::string, std::string> expected{{"Description", "s a container"},
                                                    {"Slice", "s machine.slice"},
                                                    {"Delegate", "b 1"},
                                                    {"PIDs", "au 1 2"},
                                                    {"CPUAccounting", "b 1"},
                                                    {"KillSignal", "i 13"},
                                                    {"Umask", "u 7"},
                                                    {"Negative", "x -5"},
                                                    {"MemoryMax", "t 1099511627776"},
                                                    {"Ratio", "d 0.500000"},
                                                    {"AllowedCPUs", "ay 5 0 255"},
                                                    {"After", "as a.service b.service"},
                                                    {"DeviceAllow", "a(ss) /dev/char/1:3 rwm char-pts rw"},
                                                    {"IODeviceWeight", "a(st) /dev/block/8:0 200"}};
  CHECK(scene.fake.unit("crunc-a.scope").properties == expected);
  CHECK(scene.fake.unit("crunc-a.scope").active_state == "active");
  CHECK(scene.count_of("StartTransientUnit crunc-a.scope replace") == 1);
}

TEST_CASE("a slice is made without processes and delegation and wants the one around it") {
  Scene scene;

  REQUIRE(scene.systemd->start({.name = "pods-a.slice", .description = "a pod"}).has_value());

  const auto properties = scene.fake.unit("pods-a.slice").properties;
  CHECK(properties == std::map<std::string, std::string>{{"Description", "s a pod"}, {"Wants", "as pods.slice"}});
}

TEST_CASE("a slice that is there gets the properties and is success") {
  Scene scene;
  scene.fake.put("pods.slice", {});

  CHECK(scene.systemd->start({.name = "pods.slice", .properties = {{.name = "TasksMax", .value = std::uint64_t{9}}}})
            .has_value());

  CHECK(scene.fake.unit("pods.slice").properties == std::map<std::string, std::string>{{"TasksMax", "t 9"}});
}

TEST_CASE("a scope that runs is already_exists and left alone") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {});

  const auto started = scene.systemd->start(scope());

  CHECK(started.error().code == Errc::already_exists);
  CHECK(started.error().message().find("crunc-a.scope") != std::string::npos);
  CHECK(scene.count_of("ResetFailedUnit") == 0);
  CHECK(scene.fake.unit("crunc-a.scope").properties.empty());
}

TEST_CASE("a unit that has failed is reset once and made") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {.active_state = "failed", .result = "oom-kill"});

  CHECK(scene.systemd->start(scope()).has_value());

  CHECK(scene.count_of("ResetFailedUnit crunc-a.scope") == 1);
  CHECK(scene.count_of("StartTransientUnit") == 2);
  CHECK(scene.fake.unit("crunc-a.scope").active_state == "active");
}

TEST_CASE("a unit that is ending and stays is already_exists after one more try") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {.active_state = "deactivating"});

  CHECK(scene.systemd->start(scope()).error().code == Errc::already_exists);
  CHECK(scene.count_of("StartTransientUnit") == 2);
}

TEST_CASE("a job that fails is unit_failed and leaves no failed unit") {
  for (const char* const result : {"failed", "canceled", "timeout", "dependency", "skipped"}) {
    Scene scene({.job_result = result});

    const auto started = scene.systemd->start(scope());

    CHECK(started.error().code == Errc::unit_failed);
    CHECK(started.error().message().find("\"" + std::string(result) + "\"") != std::string::npos);
    CHECK_FALSE(scene.fake.has("crunc-a.scope"));
  }
}

TEST_CASE("a job that takes too long is timed_out and cancelled and its unit reset") {
  Scene scene({.holds_jobs = true});
  UnitRequest request = scope();
  request.timeout = 50ms;

  const auto started = scene.systemd->start(request);

  CHECK(started.error().code == Errc::timed_out);
  CHECK(scene.count_of("CancelJob 1") == 1);
  CHECK(scene.count_of("ResetFailedUnit crunc-a.scope") == 1);
  CHECK_FALSE(scene.fake.has("crunc-a.scope"));
}

TEST_CASE("a slow job is waited for") {
  Scene scene({.holds_jobs = true});
  auto started = std::async(std::launch::async, [&] { return scene.systemd->start(scope()); });
  while (scene.count_of("StartTransientUnit") == 0) std::this_thread::yield();
  CHECK(scene.fake.unit("crunc-a.scope").active_state == "activating");

  scene.fake.behave({});

  CHECK(started.get().has_value());
  CHECK(scene.fake.unit("crunc-a.scope").active_state == "active");
}

TEST_CASE("a job whose signal never comes is looked for") {
  Scene scene({.is_silent = true});

  CHECK(scene.systemd->start(scope()).has_value());
  CHECK(scene.systemd->stop("crunc-a.scope", 30s).has_value());
  CHECK_FALSE(scene.fake.has("crunc-a.scope"));
}

TEST_CASE("a job that failed without a signal is unit_failed") {
  Scene scene({.job_result = "failed", .is_silent = true});

  CHECK(scene.systemd->start(scope()).error().code == Errc::unit_failed);
}

TEST_CASE("properties that systemd does not know are left out if they may be") {
  Scene scene({.unknown_properties = {"MemoryZSwapMax", "CPUQuotaPeriodUSec"}});
  const std::vector<UnitProperty> properties{
      {.name = "MemoryZSwapMax", .value = std::uint64_t{1}, .is_optional = true},
      {.name = "MemoryZSwap", .value = std::uint64_t{2}, .is_optional = true},
      {.name = "CPUQuotaPeriodUSec", .value = std::uint64_t{3}, .is_optional = true}};

  CHECK(scene.systemd->start(scope(properties)).has_value());
  CHECK(scene.systemd->set("crunc-a.scope", properties).has_value());

  const auto got = scene.fake.unit("crunc-a.scope").properties;
  CHECK(got.contains("MemoryZSwap"));
  CHECK_FALSE(got.contains("MemoryZSwapMax"));
  CHECK_FALSE(got.contains("CPUQuotaPeriodUSec"));
}

TEST_CASE("a property that must be is unsupported with its name where systemd does not know it") {
  Scene scene({.unknown_properties = {"DeviceAllow"}});

  const auto started = scene.systemd->start(scope({{.name = "DeviceAllow", .value = std::string("x")}}));

  CHECK(started.error().code == Errc::unsupported);
  CHECK(started.error().message().find("DeviceAllow") != std::string::npos);
  CHECK(scene.count_of("StartTransientUnit") == 1);
}

TEST_CASE("properties are set until the next boot") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {});

  CHECK(scene.systemd->set("crunc-a.scope", {{.name = "TasksMax", .value = no_property_limit}}).has_value());
  CHECK(scene.systemd->set("crunc-a.scope", {}).has_value());
  CHECK(scene.systemd->set("gone.scope", {{.name = "TasksMax", .value = std::uint64_t{1}}}).error().code ==
        Errc::cgroup_not_found);

  CHECK(scene.fake.unit("crunc-a.scope").properties.at("TasksMax") == "t 18446744073709551615");
  CHECK(scene.count_of("SetUnitProperties crunc-a.scope runtime") == 1);
}

TEST_CASE("stop waits for the job and forgets a failed unit") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {});
  scene.fake.put("crunc-b.scope", {.active_state = "failed"});

  CHECK(scene.systemd->stop("crunc-a.scope", 30s).has_value());
  CHECK(scene.systemd->stop("crunc-b.scope", 30s).has_value());
  CHECK(scene.systemd->stop("never.scope", 30s).has_value());

  CHECK_FALSE(scene.fake.has("crunc-a.scope"));
  CHECK_FALSE(scene.fake.has("crunc-b.scope"));
}

TEST_CASE("a stop that takes too long is timed_out") {
  Scene scene({.holds_jobs = true});
  scene.fake.put("crunc-a.scope", {});

  CHECK(scene.systemd->stop("crunc-a.scope", 20ms).error().code == Errc::timed_out);
}

TEST_CASE("reset of a unit that is not there is success") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {.active_state = "failed"});

  CHECK(scene.systemd->reset_failed("crunc-a.scope").has_value());
  CHECK(scene.systemd->reset_failed("crunc-a.scope").has_value());
  CHECK_FALSE(scene.fake.has("crunc-a.scope"));
}

TEST_CASE("processes are attached to a unit or below it and never outside") {
  Scene scene;

  CHECK(scene.systemd->attach("crunc-a.scope", "", {5}).has_value());
  CHECK(scene.systemd->attach("crunc-a.scope", "a/b", {6, 7}).has_value());
  for (const char* const outside : {"..", "../b.scope", "a/../..", "/a"}) {
    CHECK(scene.systemd->attach("crunc-a.scope", outside, {5}).error().code == Errc::invalid_argument);
  }

  CHECK(scene.count_of("AttachProcessesToUnit crunc-a.scope  5") == 1);
  CHECK(scene.count_of("AttachProcessesToUnit crunc-a.scope /a/b 6 7") == 1);
  CHECK(scene.count_of("AttachProcessesToUnit") == 2);
}

TEST_CASE("the state of a unit is told and that of none is not-found") {
  Scene scene;
  scene.fake.put("crunc-a.scope", {.active_state = "failed", .result = "oom-kill"});

  const UnitState state = scene.systemd->state("crunc-a.scope").value();
  CHECK(state.is_loaded());
  CHECK(state.has_failed());
  CHECK(state.result == "oom-kill");
  CHECK(state.control_group == "/system.slice/crunc-a.scope");
  const UnitState none = scene.systemd->state("none.slice").value();
  CHECK(none.load_state == "not-found");
  CHECK_FALSE(none.is_active());
  CHECK(none.control_group.empty());
}

TEST_CASE("requests that systemd cannot fulfil are refused before it is asked") {
  Scene scene;
  UnitRequest lonely = scope();
  lonely.pids.clear();
  UnitRequest service = scope();
  service.name = "crunc-a.service";

  CHECK(scene.systemd->start(lonely).error().code == Errc::invalid_argument);
  CHECK(scene.systemd->start(service).error().code == Errc::invalid_argument);
  CHECK(scene.systemd->start({.name = "a--b.slice"}).error().code == Errc::invalid_argument);
  CHECK(scene.fake.calls().empty());
}
