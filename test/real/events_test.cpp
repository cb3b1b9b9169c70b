// SPDX-License-Identifier: Apache-2.0
// Streams of events of real containers.
#include <doctest/doctest.h>

#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

bool skip_without_events(const RealRuntime& runtime) {
  return test::skip_unless(!runtime.is_crun(), "crun has no events");
}

}  // namespace

TEST_CASE("B1 events come every 100 ms") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  if (skip_without_events(runtime)) return;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  const auto begin = std::chrono::steady_clock::now();
  EventStream stream = runtime->events("web", {.interval = 100ms}).value();

  for (int i = 0; i < 5; ++i) {
    const Event event = stream.next(20s).value().value();
    CHECK(event.type == EventType::stats);
    CHECK(event.id == "web");
    CHECK(event.stats.value().pids.value().current == 1);
  }

  // Far below the five seconds that whole ones would take, also on a slow machine.
  CHECK(std::chrono::steady_clock::now() - begin > 450ms);
  stream.stop();
  for (const Result<Event>& rest : stream) CHECK(rest.has_value());
}

TEST_CASE("B6 a stream ends with the container if that is wanted") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  if (skip_without_events(runtime)) return;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  EventStream stream = runtime->events("web", {.interval = 50ms, .until_exit = true}).value();
  REQUIRE(stream.next(20s).value().has_value());

  REQUIRE(runtime->kill("web", SIGKILL).has_value());

  std::size_t errors = 0;
  for (const Result<Event>& event : stream) errors += event.has_error() ? 1 : 0;
  CHECK(errors == 0);
}

TEST_CASE("events of a container that is not there end with the runtime's own words") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto stream = runtime->events("nobody", {.interval = 1s});
  if (runtime.is_crun()) {
    CHECK(stream.error().code == Errc::unsupported);
    return;
  }
  REQUIRE(stream.has_value());
  EventStream& events = const_cast<EventStream&>(*stream);
  CHECK(events.next(20s).error().code == Errc::container_not_found);
  CHECK_FALSE(events.next(20s).value().has_value());
  CHECK(runtime->events("nobody", {.interval = 1s, .until_exit = true}).error().code == Errc::container_not_found);
}

TEST_CASE("a coroutine reads events and a container's OOM is among them") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  if (skip_without_events(runtime)) return;
  // runc watches for kills before it prints its first statistics. The container outlives the kill: with its last
  // process systemd removes the cgroup, and runc no longer sees what was counted.
  const auto bundle =
      runtime.bundle({"sh", "-c", "until [ -e /go ]; do sleep 0.1; done; tail /dev/zero; exec sleep 1000"},
                     {.memory_limit_bytes = 16 << 20});
  REQUIRE(runtime->run("web", bundle, {.detach = true}).has_value());
  boost::asio::io_context context;
  bool has_oom = false;

  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        EventStream stream =
            (co_await runtime->async_events("web", {.interval = 100ms, .timeout = 60s}, boost::asio::use_awaitable))
                .value();
        while (!has_oom) {
          const auto event = (co_await stream.async_next(boost::asio::use_awaitable)).value();
          if (!event) break;
          if (event->type == EventType::stats) test::write_text(bundle / "rootfs/go", "");
          has_oom = event->type == EventType::oom;
        }
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  context.run();

  CHECK(has_oom);
}
