// SPDX-License-Identifier: Apache-2.0
// An id that a call ended by us left half-made is healed, and nobody else's container is touched.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include <crunc/crunc.hpp>

#include "support/scenario.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;

namespace {

bool deleted(const FakeRuntime& fake) {
  return std::ranges::any_of(fake.calls(), [](const auto& call) { return std::ranges::count(call, "delete") > 0; });
}

/// A runtime whose `create` and `run` make the state directory and then hang.
void hang_half_way(FakeRuntime& fake, const std::string& name) {
  fake.on("--version").step("stdout \"" + name + " version 1.1.5\\n\"");
  fake.on("delete --force").step("remove %ROOT%/%ID%").step("exit 0");
  fake.on("*").step("mkdir %ROOT%/%ID%").step("hang");
}

}  // namespace

TEST_CASE("B10 a create that the deadline ended leaves an id that is free again") {
  FakeRuntime fake;
  hang_half_way(fake, "runc");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  const auto created = runc.create("web", "/b", {.timeout = 200ms});

  REQUIRE(created.has_error());
  CHECK(created.error().code == Errc::timed_out);
  CHECK_FALSE(created.error().heal_failure.has_value());
  CHECK_FALSE(std::filesystem::exists(fake / "root/web"));
  const auto calls = fake.calls();
  CHECK(calls.back() == std::vector<std::string>{"--root", fake / "root", "delete", "--force", "web"});
}

TEST_CASE("B10 a run that was ended is healed too and a start is not") {
  FakeRuntime fake;
  hang_half_way(fake, "crun");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  CHECK(runc.run("job", "/b", {.timeout = 100ms}).error().code == Errc::timed_out);
  CHECK(deleted(fake));
  const auto calls = fake.calls().size();
  CHECK(runc.start("job", {.timeout = 100ms}).error().code == Errc::timed_out);
  CHECK(fake.calls().size() == calls + 1);
}

TEST_CASE("B10 a create of an id that was there before touches nothing when it is ended") {
  FakeRuntime fake;
  hang_half_way(fake, "runc");
  std::filesystem::create_directories(fake / "root/web");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  CHECK(runc.create("web", "/b", {.timeout = 100ms}).error().code == Errc::timed_out);

  CHECK_FALSE(deleted(fake));
  CHECK(std::filesystem::exists(fake / "root/web"));
}

TEST_CASE("B10 nothing is healed when the runtime answered already_exists before it was ended") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("create")
      .step(R"(log "{\"level\":\"error\",\"msg\":\"container with given ID already exists\"}\n")")
      .step("hang");
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  CHECK(runc.create("web", "/b", {.timeout = 100ms}).error().code == Errc::timed_out);
  CHECK_FALSE(deleted(fake));
}

TEST_CASE("a runtime whose state is unknown is not healed and the Error says so") {
  FakeRuntime fake;
  hang_half_way(fake, "runsc");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  const auto created = runc.create("web", "/b", {.timeout = 100ms});

  REQUIRE(created.has_error());
  CHECK(created.error().heal_failure.has_value());
  CHECK(created.error().message().find("half-made") != std::string::npos);
  CHECK_FALSE(deleted(fake));
}

TEST_CASE("a healing that fails is told with the runtime's words") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("delete").step("stderr \"device or resource busy\"").step("exit 1");
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command(), .root = fake / "root"});

  const auto created = runc.create("web", "/b", {.timeout = 100ms});

  REQUIRE(created.has_error());
  CHECK(created.error().code == Errc::timed_out);
  CHECK(created.error().heal_failure.value_or("").find("device or resource busy") != std::string::npos);
}

TEST_CASE("a create that fails by itself is never healed") {
  FakeRuntime fake;
  fake.on("*").step("exit 1");
  CHECK(Runc({.command = fake.command(), .root = fake / "root"}).create("web", "/b").has_error());
  CHECK(fake.calls().size() == 1);
}
