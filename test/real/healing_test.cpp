// SPDX-License-Identifier: Apache-2.0
// A create that was killed half-way leaves an id that can be created again; somebody else's container is not touched.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "support/fifo.hpp"
#include "support/real_runtime.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

/// A hook that says that it was reached, by a fifo, and keeps `create` from getting further. exec: so that there is no
/// shell whose child would stay.
fixtures::BundleOptions hanging_hook(const std::string& fifo) {
  fixtures::BundleOptions options;
  options.hooks.push_back(
      {.kind = "createRuntime", .path = "/bin/sh", .args = {"sh", "-c", "echo >" + fifo + "; exec sleep 5"}});
  return options;
}

}  // namespace

TEST_CASE("B10 a create that was killed half-way leaves an id that can be created again") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  RuncOptions options = runtime.options();
  options.kill_grace = 100ms;
  const Runc runc(options);
  const std::string fifo = runtime / "half-way";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto hanging = runtime.bundle({"sleep", "1000"}, hanging_hook(fifo));
  const auto good = runtime.bundle({"sleep", "1000"});
  std::stop_source stop;
  std::thread stopper([&] {
    test::await_arrival(fifo);
    stop.request_stop();
  });

  const auto created = runc.create("web", hanging, {.stop = stop.get_token()});

  stopper.join();
  REQUIRE(created.has_error());
  CHECK(created.error().code == Errc::cancelled);
  CHECK(created.error().heal_failure.value_or("") == "");
  CHECK(runc.create("web", good).has_value());
  CHECK(runc.state("web").value().status == Status::created);
}

TEST_CASE("B10 a create of an id that runs leaves that container untouched when it is killed") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sleep", "1000"});
  REQUIRE(runtime->run("web", bundle, {.detach = true}).has_value());
  const pid_t pid = runtime->state("web").value().pid;

  for (const auto timeout : {0ms, 1ms, 3ms, 10ms, 30ms}) {
    const auto again = runtime->create("web", bundle, {.timeout = timeout});
    REQUIRE(again.has_error());
  }

  const Container after = runtime->state("web").value();
  CHECK(after.pid == pid);
  CHECK(after.status == Status::running);
}

TEST_CASE("a create that is killed at any moment leaves an id that can be created again") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  RuncOptions options = runtime.options();
  options.kill_grace = 0ms;
  const Runc runc(options);
  const auto bundle = runtime.bundle({"sleep", "1000"});

  for (int i = 0; i < 12; ++i) {
    const std::chrono::milliseconds timeout(4 * i);
    CAPTURE(timeout.count());
    const auto first = runc.create("web", bundle, {.timeout = timeout});
    if (first.has_error()) {
      CHECK(first.error().code == Errc::timed_out);
      CHECK(first.error().heal_failure.value_or("") == "");
      CHECK(runc.create("web", bundle).has_value());
    }
    CHECK(runc.remove("web", {.force = true}).has_value());
  }
}
