// SPDX-License-Identifier: Apache-2.0
// Deadlines and cancellation of blocking calls.
#include <doctest/doctest.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include <crunc/crunc.hpp>

#include "support/fifo.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;

TEST_CASE("a runtime that hangs is ended by the deadline and reaped") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command()});

  const auto state = runc.state("web", {.timeout = 50ms});

  REQUIRE(state.has_error());
  CHECK(state.error().code == Errc::timed_out);
  CHECK((state.error().code == std::errc::timed_out));
  CHECK(state.error().exit == ExitStatus::signaled(SIGTERM));
  CHECK(state.error().operation == "state");
}

TEST_CASE("B28 a call that ran out of time tells what its runtime was at") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command()});

  const auto started = runc.start("web", {.timeout = 500ms});

  REQUIRE(started.has_error());
  CHECK(started.error().runtime_state.starts_with("S (sleeping)"));
  CHECK(started.error().message().find("it was in state S (sleeping)") != std::string::npos);
}

TEST_CASE("B28 a runtime that was stopped by a signal is told as stopped") {
  FakeRuntime fake;
  fake.on("*").step("kill STOP").step("hang");
  const Runc runc({.command = fake.command(), .kill_grace = 10ms});

  CHECK(runc.start("web", {.timeout = 500ms}).error().runtime_state.starts_with("T (stopped)"));
}

TEST_CASE("a call that fails in its time has no state of the runtime") {
  FakeRuntime fake;
  fake.on("*").step("exit 1");

  CHECK(Runc({.command = fake.command()}).start("web").error().runtime_state.empty());
}

TEST_CASE("a runtime that ignores SIGTERM is killed after the grace") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*").step("ignore TERM").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command(), .kill_grace = 50ms});
  std::stop_source stop;
  std::thread stopper([&] {
    test::await_arrival(here);
    stop.request_stop();
  });

  const auto state = runc.state("web", {.stop = stop.get_token()});

  stopper.join();
  REQUIRE(state.has_error());
  CHECK(state.error().code == Errc::cancelled);
  CHECK(state.error().exit == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("a runtime that closes its streams and hangs is ended all the same") {
  FakeRuntime fake;
  fake.on("*").step("flood 100000").step("hang");
  const Runc runc({.command = fake.command()});

  CHECK(runc.state("web", {.timeout = 50ms}).error().code == Errc::timed_out);
}

TEST_CASE("a stop request cancels a blocking call") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command()});
  std::stop_source stop;
  std::thread stopper([&] {
    test::await_arrival(here);
    stop.request_stop();
  });

  const auto started = runc.start("web", {.stop = stop.get_token()});

  stopper.join();
  REQUIRE(started.has_error());
  CHECK(started.error().code == Errc::cancelled);
  CHECK(started.error().exit == ExitStatus::signaled(SIGTERM));
}

TEST_CASE("a stop that was requested before keeps the runtime from being started") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  std::stop_source stop;
  stop.request_stop();
  const Runc runc({.command = fake.command()});

  CHECK(runc.start("web", {.stop = stop.get_token()}).error().code == Errc::cancelled);
  CHECK(runc.events("web", {.stop = stop.get_token()}).error().code == Errc::cancelled);

  CHECK(fake.calls().empty());
}

TEST_CASE("what a verb did though it was told to end is a success") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  // As runc before 1.3, whose `create` takes no notice of SIGTERM and ends when it is done.
  fake.on("*").step("on_signal TERM 0").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command(), .kill_grace = 10s});
  std::stop_source stop;
  std::thread stopper([&] {
    test::await_arrival(here);
    stop.request_stop();
  });

  const auto created = runc.create("web", "/b", {.stop = stop.get_token()});

  stopper.join();
  CHECK(created.has_value());
}

TEST_CASE("a foreground process that was ended by the deadline is timed out though it exits 0") {
  FakeRuntime fake;
  fake.on("run").step("on_signal TERM 0").step("pid_file").step("hang");
  fake.on("*").step("stdout \"runc version 1.1.5\"").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto finished = runc.run("web", "/b", {.timeout = 100ms});

  REQUIRE(finished.has_error());
  CHECK(finished.error().code == Errc::timed_out);
}

TEST_CASE("B2 a call ends with the runtime and not with the streams that it left open") {
  for (const Io& io : {Io::capture(), Io{}}) {
    FakeRuntime fake;
    const auto fifo = fake.make_fifo("hold");
    fake.on("*").step("stdout early").step("hold " + fifo.string()).step("exit 0");
    const Runc runc({.command = fake.command()});

    const auto created = runc.create("web", "/b", {.io = io, .timeout = 20s});
    test::let_go(fifo);  // the holder still had the streams: it reads this fifo to its end

    REQUIRE(created.has_value());
    CHECK(created->out == (io.out.kind() == Stream::Kind::capture ? "early" : ""));
  }
}
