// SPDX-License-Identifier: Apache-2.0
// Streams of events from a runtime that prints what it should not.
#include <doctest/doctest.h>

#include <signal.h>

#include <chrono>
#include <optional>
#include <stop_token>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/fifo.hpp"
#include "support/leaks.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;
using test::quote;

namespace {

std::string sample(int number) {
  return R"({"type":"stats","id":"web","data":{"pids":{"current":)" + std::to_string(number) + "}}}\n";
}
const std::string oom = "{\"type\":\"oom\",\"id\":\"web\"}\n";

/// A fake runc whose events are `steps`; its version is known, as events need it.
void plays(FakeRuntime& fake, const std::vector<std::string>& steps) {
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("events");
  for (const std::string& step : steps) fake.step(step);
}

std::uint64_t number_of(const Result<std::optional<Event>>& event) {
  return event.value().value().stats.value().pids.value().current.value();
}

}  // namespace

TEST_CASE("B3 all that was printed arrives though the runtime has ended") {
  FakeRuntime fake;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += sample(i);
  test::write_text(fake / "lines", lines);
  plays(fake, {"stdout_file " + (fake / "lines").string(), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  int expected = 0;
  for (const Result<Event>& event : stream) {
    REQUIRE(event.has_value());
    CHECK(event->stats.value().pids.value().current == expected++);
  }

  CHECK(expected == 100);
  CHECK(stream.dropped() == 0);
}

TEST_CASE("B4 a stream's runtime that failed tells why as the last thing") {
  FakeRuntime fake;
  const std::string words = "container does not exist";
  plays(fake,
        {"stdout " + quote(sample(1)), "log " + quote(R"({"level":"error","msg":")" + words + "\"}\n"), "exit 1"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(number_of(stream.next()) == 1);
  const auto failure = stream.next();

  REQUIRE(failure.has_error());
  CHECK(failure.error().code == Errc::container_not_found);
  CHECK(failure.error().exit == ExitStatus::exited(1));
  CHECK(failure.error().container == "web");
  CHECK_FALSE(stream.next().value().has_value());
}

TEST_CASE("B5 a line that cannot be read is one error and the stream goes on") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(sample(1) + "garbage {\n\n" + sample(2)), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(number_of(stream.next()) == 1);
  CHECK(stream.next().error().code == Errc::malformed_output);
  CHECK(number_of(stream.next()) == 2);
  CHECK_FALSE(stream.next().value().has_value());
}

TEST_CASE("B5 the error of a bad line has the line in it") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote("garbage {\n"), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(stream.next().error().reason.find("garbage {") != std::string::npos);
}

TEST_CASE("B4 a failure is told after all events also where each waits for its place") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  plays(fake, {"stdout " + quote(sample(1) + sample(2) + sample(3)), "open_write " + here.string(), "exit 1"});
  EventStream stream = Runc({.command = fake.command()})
                           .events("web", {.queue_limit = 1, .overflow = EventsOptions::Overflow::wait})
                           .value();
  test::await_arrival(here);

  for (std::uint64_t i = 1; i <= 3; ++i) CHECK(number_of(stream.next(20s)) == i);
  CHECK(stream.next(20s).error().code == Errc::runtime_failed);
  CHECK_FALSE(stream.next(20s).value().has_value());
}

TEST_CASE("B5 a line of 1 MiB is read and one of more than 16 MiB is one error") {
  FakeRuntime fake;
  const std::string head = R"({"type":"stats","id":"web","data":{"pids":{"current":7},"x":")";
  test::write_text(fake / "lines", head + std::string(std::size_t{1} << 20U, 'x') + "\"}}\n" + head +
                                       std::string(std::size_t{17} << 20U, 'y') + "\"}}\n" + sample(8));
  plays(fake, {"stdout_file " + (fake / "lines").string(), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(number_of(stream.next()) == 7);
  CHECK(stream.next().error().code == Errc::malformed_output);
  CHECK(number_of(stream.next()) == 8);
}

TEST_CASE("B5 a last line without a newline is an event") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(oom.substr(0, oom.size() - 1)), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(stream.next().value().value().type == EventType::oom);
  CHECK_FALSE(stream.next().value().has_value());
}

TEST_CASE("B5 a slow consumer loses the oldest samples and no oom") {
  FakeRuntime fake;
  std::string lines = oom;
  for (int i = 0; i < 100; ++i) lines += sample(i);
  test::write_text(fake / "lines", lines);
  plays(fake, {"stdout_file " + (fake / "lines").string(), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web", {.queue_limit = 4}).value();

  CHECK(stream.next(20s).value().value().type == EventType::oom);
  std::uint64_t last = 0;
  std::uint64_t seen = 0;
  while (true) {
    const auto event = stream.next(20s);
    if (!event.value()) break;
    last = number_of(event);
    ++seen;
  }
  CHECK(last == 99);
  CHECK(seen + stream.dropped() == 100);
}

TEST_CASE("B5 a consumer that wants every sample gets it") {
  FakeRuntime fake;
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += sample(i);
  test::write_text(fake / "lines", lines);
  plays(fake, {"stdout_file " + (fake / "lines").string(), "exit 0"});
  EventStream stream = Runc({.command = fake.command()})
                           .events("web", {.queue_limit = 2, .overflow = EventsOptions::Overflow::wait})
                           .value();

  for (std::uint64_t i = 0; i < 5000; ++i) REQUIRE(number_of(stream.next(20s)) == i);

  CHECK_FALSE(stream.next(20s).value().has_value());
  CHECK(stream.dropped() == 0);
}

TEST_CASE("B5 a stream that is destroyed ends its runtime and leaves nothing behind") {
  FakeRuntime fake;
  plays(fake, {"ignore TERM", "stdout " + quote(sample(1)), "hang"});
  const Runc runc({.command = fake.command()});
  static_cast<void>(runc.version());
  const auto before = test::ProcessSnapshot::take();
  {
    EventStream stream = runc.events("web").value();
    CHECK(number_of(stream.next()) == 1);
  }
  CHECK(test::difference(before, test::ProcessSnapshot::take()) == "");
}

TEST_CASE("a runtime that is killed in the middle of a line is told as killed") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(sample(1) + R"({"type":"st)"), "kill KILL"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(number_of(stream.next()) == 1);
  CHECK(stream.next().error().code == Errc::malformed_output);
  const auto killed = stream.next();
  CHECK(killed.error().code == Errc::runtime_killed);
  CHECK(killed.error().exit == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("waiting for an event ends in time and the stream goes on") {
  FakeRuntime fake;
  const auto gate = fake.make_fifo("gate");
  plays(fake, {"open_read " + gate.string(), "stdout " + quote(sample(3)), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();

  CHECK(stream.next(10ms).error().code == Errc::timed_out);
  test::let_go(gate);
  CHECK(number_of(stream.next(20s)) == 3);
}

TEST_CASE("a stream that is told to stop ends without an error") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(sample(1)), "hang"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();
  CHECK(number_of(stream.next()) == 1);

  stream.stop();

  CHECK_FALSE(stream.next(20s).value().has_value());
}

TEST_CASE("the stop token of a stream ends it as cancelled") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(sample(1)), "hang"});
  std::stop_source stop;
  EventStream stream = Runc({.command = fake.command()}).events("web", {.stop = stop.get_token()}).value();
  CHECK(number_of(stream.next()) == 1);

  stop.request_stop();

  CHECK(stream.next(20s).error().code == Errc::cancelled);
  CHECK_FALSE(stream.next(20s).value().has_value());
}

TEST_CASE("the deadline of a stream ends it as timed out") {
  FakeRuntime fake;
  plays(fake, {"hang"});
  EventStream stream = Runc({.command = fake.command()}).events("web", {.timeout = 50ms}).value();

  CHECK(stream.next(20s).error().code == Errc::timed_out);
  CHECK_FALSE(stream.next(20s).value().has_value());
}

TEST_CASE("cancelling async_next ends the wait and not the stream") {
  FakeRuntime fake;
  const auto gate = fake.make_fifo("gate");
  plays(fake, {"open_read " + gate.string(), "stdout " + quote(sample(4)), "exit 0"});
  EventStream stream = Runc({.command = fake.command()}).events("web").value();
  boost::asio::io_context context;
  boost::asio::cancellation_signal cancel;
  std::optional<Errc> said;

  stream.async_next(boost::asio::bind_cancellation_slot(
      cancel.slot(), boost::asio::bind_executor(
                         context, [&said](const Result<std::optional<Event>>& event) { said = event.error().code; })));
  boost::asio::post(context, [&cancel] { cancel.emit(boost::asio::cancellation_type::all); });
  context.run();

  CHECK(said == Errc::cancelled);
  test::let_go(gate);
  CHECK(number_of(stream.next(20s)) == 4);
}

TEST_CASE("a coroutine reads a stream to its end") {
  FakeRuntime fake;
  plays(fake, {"stdout " + quote(sample(1) + sample(2)), "exit 0"});
  const Runc runc({.command = fake.command()});
  boost::asio::io_context context;
  std::uint64_t sum = 0;

  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        EventStream stream = (co_await runc.async_events("web", {}, boost::asio::use_awaitable)).value();
        while (true) {
          const auto event = co_await stream.async_next(boost::asio::use_awaitable);
          if (!event.value()) break;
          sum += number_of(event);
        }
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  context.run();

  CHECK(sum == 3);
}

TEST_CASE("events and stats of a runtime that has none of this kind are unsupported and the text names Task") {
  // youki has an `events`, but prints objects of its own making, without type and id, and no OOM.
  for (const char* const version : {"crun version 1.8.1", "youki version: 0.7.0"}) {
    FakeRuntime fake;
    fake.on("--version").step("stdout " + quote(std::string(version) + "\n"));
    fake.on("*").step("exit 0");
    const Runc runc({.command = fake.command()});

    const auto stream = runc.events("web");
    const auto stats = runc.stats("web");

    REQUIRE(stream.has_error());
    CHECK(stream.error().code == Errc::unsupported);
    CHECK(stream.error().message().find("crunc::Task") != std::string::npos);
    CHECK(stats.error().code == Errc::unsupported);
    CHECK(fake.calls() == std::vector<std::vector<std::string>>{{"--version"}});
  }
}
