// SPDX-License-Identifier: Apache-2.0
// Exits of detached containers, learnt without being their runtime.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

#include "support/real_runtime.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

RuncOptions with(RuncOptions options, std::shared_ptr<ProcessMonitor> monitor) {
  options.monitor = std::move(monitor);
  return options;
}

}  // namespace

TEST_CASE("a subreaper gives the exit of a detached container") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto monitor = SubreaperMonitor::start().value();
  const Runc runc(with(runtime.options(), monitor));
  const auto pid_file = runtime / "pid";

  REQUIRE(
      runc.run("seven", runtime.bundle({"sh", "-c", "exit 7"}), {.pid_file = pid_file, .detach = true}).has_value());
  const auto seven = monitor->watch(read_pid_file(pid_file).value()).value();
  CHECK(seven->wait({.timeout = 1min}).value() == ExitStatus::exited(7));
  CHECK(runc.remove("seven", {.force = true}).has_value());

  REQUIRE(runc.run("killed", runtime.bundle({"sleep", "1000"}), {.pid_file = pid_file, .detach = true}).has_value());
  const auto killed = monitor->watch(read_pid_file(pid_file).value()).value();
  CHECK_FALSE(killed->has_ended());
  REQUIRE(runc.kill("killed", SIGKILL).has_value());
  CHECK(killed->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(runc.remove("killed", {.force = true}).has_value());
}

TEST_CASE("a subreaper gives the exit of a detached exec") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto monitor = SubreaperMonitor::start().value();
  const Runc runc(with(runtime.options(), monitor));
  const auto pid_file = runtime / "exec.pid";
  const auto web_file = runtime / "web.pid";
  REQUIRE(runc.run("web", runtime.bundle({"sleep", "1000"}), {.pid_file = web_file, .detach = true}).has_value());
  const auto web = monitor->watch(read_pid_file(web_file).value()).value();

  REQUIRE(runc.exec("web", {"sh", "-c", "exit 9"}, {.pid_file = pid_file, .detach = true}).has_value());
  const auto process = monitor->watch(read_pid_file(pid_file).value()).value();

  CHECK(process->wait({.timeout = 1min}).value() == ExitStatus::exited(9));
  CHECK(runc.remove("web", {.force = true}).has_value());
  // A crun without cgroups returns before its container has ended.
  CHECK(web->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("a detached container of somebody else's tells its exit or is honestly lost") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  PidfdMonitor monitor;
  const auto pid_file = runtime / "pid";
  REQUIRE(runtime->create("web", runtime.bundle({"sh", "-c", "exit 7"}), {.pid_file = pid_file}).has_value());
  const auto process = monitor.watch(read_pid_file(pid_file).value()).value();

  REQUIRE(runtime->start("web").has_value());

  const ExitStatus status = process->wait({.timeout = 1min}).value();
  // Process 1 may reap it before it is looked at; from Linux 6.15 on that does not matter.
  const bool may_be_lost = !test::kernel_is_at_least(6, 15);
  CHECK((status == ExitStatus::exited(7) || (may_be_lost && status == ExitStatus::lost())));
}
