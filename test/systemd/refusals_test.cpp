// SPDX-License-Identifier: Apache-2.0
// What goes wrong on the way to systemd: refusals, a bus that is not there or goes away, a systemd that starts anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <crunc/cgroups/systemd.hpp>

#include "systemd/fake_systemd.hpp"
#include "systemd/private_bus.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::Behaviour;
using test::FakeSystemd;
using test::PrivateBus;

namespace {

UnitRequest scope() { return {.name = "crunc-a.scope", .slice = "machine.slice", .pids = {1}}; }

std::error_code system(int number) { return {number, std::generic_category()}; }

Behaviour refusing(const std::string& method, const std::string& name) {
  return {.refused = {{method, {name, "the words of systemd"}}}};
}

}  // namespace

TEST_CASE("each refusal of systemd is an error of its kind with its words") {
  struct Row {
    const char* name;
    Errc code;
    int number;
  };
  constexpr Row rows[] = {
      {"org.freedesktop.systemd1.NoSuchUnit", Errc::cgroup_not_found, 0},
      {"org.freedesktop.DBus.Error.PropertyReadOnly", Errc::unsupported, 0},
      {"org.freedesktop.DBus.Error.InvalidArgs", Errc::invalid_argument, 0},
      {"org.freedesktop.DBus.Error.FileNotFound", Errc::invalid_argument, 0},
      {"System.Error.ENXIO", Errc::invalid_argument, 0},
      {"org.freedesktop.DBus.Error.UnixProcessIdUnknown", Errc::system_error, ESRCH},
      {"org.freedesktop.DBus.Error.AccessDenied", Errc::system_error, EACCES},
      {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Errc::system_error, EACCES},
      {"System.Error.EMFILE", Errc::system_error, EMFILE},
      {"org.freedesktop.systemd1.LoadFailed", Errc::unit_failed, 0},
      {"org.example.Whatever", Errc::unit_failed, 0},
  };
  const PrivateBus bus;
  FakeSystemd fake(bus.address());
  const auto systemd = Systemd::at(bus.address());
  for (const Row& row : rows) {
    CAPTURE(row.name);
    fake.behave(refusing("StartTransientUnit", row.name));
    const auto started = systemd->start(scope());
    CHECK(started.error().code == row.code);
    CHECK(started.error().system == (row.number == 0 ? std::error_code() : system(row.number)));
    CHECK(started.error().message().find("the words of systemd") != std::string::npos);
    CHECK(started.error().message().find("crunc-a.scope") != std::string::npos);
  }
}

TEST_CASE("a refused subscription ends a start before anything is made and one too many is none") {
  const PrivateBus bus;
  FakeSystemd fake(bus.address(), refusing("Subscribe", "org.freedesktop.DBus.Error.AccessDenied"));
  const auto systemd = Systemd::at(bus.address());

  CHECK(systemd->start(scope()).error().system == system(EACCES));
  CHECK_FALSE(fake.has("crunc-a.scope"));

  fake.behave(refusing("Subscribe", "org.freedesktop.systemd1.AlreadySubscribed"));
  CHECK(systemd->start(scope()).has_value());
}

TEST_CASE("the version is the number that its text begins with") {
  const PrivateBus bus;
  for (const auto& [text, version] : {std::pair("252.39-1~deb12u2", 252U), std::pair("v238", 238U),
                                      std::pair("258-rc1", 258U), std::pair("249", 249U)}) {
    const FakeSystemd fake(bus.address(), {.version = text});
    CHECK(Systemd::at(bus.address())->version().value() == version);
  }
  for (const char* const text : {"", "v", "new", "0", "-5"}) {
    const FakeSystemd fake(bus.address(), {.version = text});
    CHECK(Systemd::at(bus.address())->version().error().code == Errc::malformed_output);
  }
}

TEST_CASE("the cgroup of systemd itself is told") {
  const PrivateBus bus;
  const FakeSystemd fake(bus.address(), {.root = "/user.slice/user-1000.slice/user@1000.service"});

  CHECK(Systemd::at(bus.address())->root().value() == "/user.slice/user-1000.slice/user@1000.service");
}

TEST_CASE("a bus that is not there is an error with its address") {
  PrivateBus bus;
  bus.stop();

  const auto version = Systemd::at(bus.address())->version();

  CHECK(version.error().code == Errc::system_error);
  CHECK(version.error().message().find(bus.address()) != std::string::npos);
}

TEST_CASE("an address that is none is an error") {
  CHECK(Systemd::at("nowhere")->version().has_error());
  CHECK(Systemd::at("")->version().has_error());
}

TEST_CASE("a bus without systemd on it is not waited for") {
  const PrivateBus bus;
  const auto begin = std::chrono::steady_clock::now();

  CHECK(Systemd::at(bus.address())->version().error().system == system(ENOTCONN));
  CHECK(std::chrono::steady_clock::now() - begin < 4s);
}

TEST_CASE("calls go on after the bus was started anew") {
  PrivateBus bus;
  FakeSystemd fake(bus.address());
  const auto systemd = Systemd::at(bus.address());
  CHECK(systemd->start(scope()).has_value());

  bus.stop();
  fake.disconnect();
  bus.start();
  fake.connect();

  CHECK(systemd->state("crunc-a.scope").value().is_active());
  CHECK(systemd->stop("crunc-a.scope", 30s).has_value());
  CHECK_FALSE(fake.has("crunc-a.scope"));
}

TEST_CASE("a call waits for a bus that is on its way back") {
  PrivateBus bus;
  FakeSystemd fake(bus.address());
  const auto systemd = Systemd::at(bus.address());
  REQUIRE(systemd->version().has_value());
  bus.stop();
  fake.disconnect();

  auto started = std::async(std::launch::async, [&] { return systemd->start(scope()); });
  bus.start();
  fake.connect();

  CHECK(started.get().has_value());
}

TEST_CASE("a systemd that leaves in the middle of a start and comes back has made the unit once") {
  const PrivateBus bus;
  FakeSystemd fake(bus.address());
  const auto systemd = Systemd::at(bus.address());
  REQUIRE(systemd->version().has_value());
  fake.behave({.leaves_at_start = true});

  auto started = std::async(std::launch::async, [&] { return systemd->start(scope()); });
  while (!fake.has("crunc-a.scope")) std::this_thread::yield();
  fake.disconnect();
  fake.connect();

  CHECK(started.get().has_value());
  CHECK(fake.unit("crunc-a.scope").active_state == "active");
}

TEST_CASE("a systemd that leaves while a job is waited for and has lost it is asked for the unit") {
  const PrivateBus bus;
  FakeSystemd fake(bus.address(), {.holds_jobs = true});
  const auto systemd = Systemd::at(bus.address());
  auto started = std::async(std::launch::async, [&] { return systemd->start(scope()); });
  while (!fake.has("crunc-a.scope")) std::this_thread::yield();

  fake.disconnect();
  fake.behave({.is_silent = true});
  fake.connect();

  CHECK(started.get().has_value());
}

TEST_CASE("calls of many threads are served one after the other") {
  const PrivateBus bus;
  FakeSystemd fake(bus.address());
  const auto systemd = Systemd::at(bus.address());
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(std::async(std::launch::async, [&systemd, i] {
      const std::string name = "crunc-" + std::to_string(i) + ".scope";
      return systemd->start({.name = name, .pids = {1}}).has_value() && systemd->state(name).value().is_active() &&
             systemd->stop(name, 30s).has_value();
    }));
  }

  CHECK(std::ranges::all_of(all, [](std::future<bool>& each) { return each.get(); }));
}
