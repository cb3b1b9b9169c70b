// SPDX-License-Identifier: Apache-2.0
// The asynchronous twins: callbacks, futures, coroutines, cancellation, and a context that goes away.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/fifo.hpp"
#include "support/leaks.hpp"
#include "support/scenario.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::FakeRuntime;
namespace asio = boost::asio;

namespace {

void answer_state(FakeRuntime& fake) {
  fake.on("state").step(R"(stdout "{\"id\":\"%ID%\",\"pid\":7,\"status\":\"running\"}")");
}

}  // namespace

TEST_CASE("a callback gets the result on the context's thread and not before the initiating function returns") {
  FakeRuntime fake;
  answer_state(fake);
  const Runc runc({.command = fake.command()});
  asio::io_context context;
  std::optional<Result<Container>> result;
  std::thread::id thread;

  runc.async_state("web", {}, asio::bind_executor(context, [&](Result<Container> state) {
                     result = std::move(state);
                     thread = std::this_thread::get_id();
                   }));
  CHECK_FALSE(result.has_value());
  context.run();

  REQUIRE(result.has_value());
  CHECK(result->value().id == "web");
  CHECK(thread == std::this_thread::get_id());
}

TEST_CASE("use_future gives a future that the system's executor fulfils") {
  test::expect_descriptors_of_system_executor();
  FakeRuntime fake;
  answer_state(fake);
  const Runc runc({.command = fake.command()});

  std::future<Result<Container>> future = runc.async_state("web", {}, asio::use_future);

  CHECK(future.get().value().pid == 7);
}

TEST_CASE("use_awaitable makes every verb a step of a coroutine") {
  FakeRuntime fake;
  answer_state(fake);
  fake.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  fake.on("list").step("stdout null");
  fake.on("exec").step("pid_file").step("stdout out").step("exit 7");
  fake.on("run").step("pid_file").step("exit 3");
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  asio::io_context context;
  const std::vector<std::string> words{"x"};  // g++ 12 takes no initializer_list inside a co_await expression
  bool done = false;

  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        CHECK((co_await runc.async_create("c", "/b", {}, asio::use_awaitable)).has_value());
        CHECK((co_await runc.async_start("c", {}, asio::use_awaitable)).has_value());
        CHECK((co_await runc.async_state("c", {}, asio::use_awaitable)).value().pid == 7);
        CHECK((co_await runc.async_list({}, asio::use_awaitable)).value().empty());
        const auto ran = co_await runc.async_exec("c", words, {.io = Io::capture()}, asio::use_awaitable);
        CHECK(ran.value().status == ExitStatus::exited(7));
        CHECK(ran.value().output.out == "out");
        CHECK((co_await runc.async_run("c", "/b", {}, asio::use_awaitable)).value().status == ExitStatus::exited(3));
        CHECK((co_await runc.async_kill("c", SIGKILL, {}, asio::use_awaitable)).has_value());
        CHECK((co_await runc.async_remove("c", {}, asio::use_awaitable)).has_value());
        CHECK((co_await runc.async_version({}, asio::use_awaitable)).value().name == "runc");
        CHECK((co_await runc.async_raw(words, {.io = {}}, asio::use_awaitable)).value().status.success());
        done = true;
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  context.run();

  CHECK(done);
}

TEST_CASE("an error comes as the result also when nothing could be spawned") {
  asio::io_context context;
  std::vector<Errc> errors;
  const auto collect = [&](const auto& result) { errors.push_back(result.error().code); };

  Runc({.command = "/nonexistent"}).async_state("web", {}, asio::bind_executor(context, collect));
  Runc().async_state("-bad", {}, asio::bind_executor(context, collect));
  context.run();

  std::ranges::sort(errors);
  CHECK(errors == std::vector{Errc::invalid_argument, Errc::runtime_not_found});
}

TEST_CASE("the deadline of an asynchronous call ends the runtime") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command(), .kill_grace = 10s});
  asio::io_context context;
  std::optional<Error> error;

  runc.async_start("web", {.timeout = 50ms},
                   asio::bind_executor(context, [&](Result<void> result) { error = result.error(); }));
  context.run();

  REQUIRE(error.has_value());
  CHECK(error->code == Errc::timed_out);
  CHECK(error->exit == ExitStatus::signaled(SIGTERM));
}

TEST_CASE("a cancellation slot ends a call politely or at once") {
  for (const bool at_once : {false, true}) {
    FakeRuntime fake;
    const auto here = fake.make_fifo("here");
    fake.on("*").step("open_write " + here.string()).step("hang");
    const Runc runc({.command = fake.command()});
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<Error> error;

    runc.async_start("web", {},
                     asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(context, [&](Result<void> result) {
                                                    error = result.error();
                                                  })));
    std::thread runner([&] { context.run(); });
    test::await_arrival(here);
    asio::post(context,
               [&] { signal.emit(at_once ? asio::cancellation_type::terminal : asio::cancellation_type::total); });
    runner.join();

    REQUIRE(error.has_value());
    CHECK(error->code == Errc::cancelled);
    CHECK(error->exit == ExitStatus::signaled(at_once ? SIGKILL : SIGTERM));
  }
}

TEST_CASE("a call that is cancelled before its first step starts no runtime") {
  for (const auto type : {asio::cancellation_type::total, asio::cancellation_type::terminal}) {
    FakeRuntime fake;
    fake.on("*").step("hang");
    const Runc runc({.command = fake.command()});
    asio::io_context context;
    asio::cancellation_signal start_signal;
    asio::cancellation_signal events_signal;
    std::vector<Error> errors;
    const auto with = [&](asio::cancellation_signal& signal) {
      return asio::bind_cancellation_slot(
          signal.slot(), asio::bind_executor(context, [&](const auto& result) { errors.push_back(result.error()); }));
    };

    runc.async_start("web", {}, with(start_signal));
    runc.async_events("web", {.until_exit = true}, with(events_signal));
    start_signal.emit(type);
    events_signal.emit(type);
    context.run();

    REQUIRE(errors.size() == 2);
    for (const Error& error : errors) {
      CHECK(error.code == Errc::cancelled);
      CHECK(error.container == "web");
      CHECK_FALSE(error.exit.has_value());
    }
    CHECK(fake.calls().empty());
  }
}

TEST_CASE("a stop that was requested before an asynchronous call starts no runtime") {
  FakeRuntime fake;
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command()});
  asio::io_context context;
  std::stop_source stop;
  stop.request_stop();
  std::vector<Error> errors;
  const auto collect = [&](const auto& result) { errors.push_back(result.error()); };

  runc.async_start("web", {.stop = stop.get_token()}, asio::bind_executor(context, collect));
  runc.async_events("web", {.stop = stop.get_token()}, asio::bind_executor(context, collect));
  context.run();

  REQUIRE(errors.size() == 2);
  for (const Error& error : errors) {
    CHECK(error.code == Errc::cancelled);
    CHECK_FALSE(error.exit.has_value());
  }
  CHECK(fake.calls().empty());
}

TEST_CASE("a coroutine's operator or cancels the call that lost") {
  using namespace asio::experimental::awaitable_operators;
  FakeRuntime fake;
  fake.on("*").step("hang");
  const Runc runc({.command = fake.command()});
  asio::io_context context;
  std::size_t first = 9;

  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(context, 50ms);
        const auto winner =
            co_await (timer.async_wait(asio::use_awaitable) || runc.async_start("web", {}, asio::use_awaitable));
        first = winner.index();
      },
      asio::detached);
  context.run();

  CHECK(first == 0);
}

TEST_CASE("a stop request cancels an asynchronous call from any thread") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command()});
  asio::thread_pool pool(2);
  std::stop_source stop;

  auto future =
      runc.async_start("web", {.stop = stop.get_token()}, asio::bind_executor(pool.get_executor(), asio::use_future));
  test::await_arrival(here);
  stop.request_stop();

  CHECK(future.get().error().code == Errc::cancelled);
  pool.join();
}

TEST_CASE("RuncOptions::executor is where the I/O runs") {
  FakeRuntime fake;
  answer_state(fake);
  asio::io_context io;
  asio::io_context completion;
  const Runc runc({.command = fake.command(), .executor = io.get_executor()});
  bool done = false;

  runc.async_state("web", {},
                   asio::bind_executor(completion, [&](const Result<Container>& state) { done = state.has_value(); }));
  io.run();
  CHECK_FALSE(done);
  completion.run();
  CHECK(done);
}

TEST_CASE("a context that is destroyed with calls under way leaves no process and calls nobody") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command()});
  bool called = false;
  {
    asio::io_context context;
    runc.async_start("web", {}, asio::bind_executor(context, [&](const Result<void>&) { called = true; }));
    context.run_one();  // begins the call
    test::await_arrival(here);
  }
  CHECK_FALSE(called);
}

TEST_CASE("many calls at once on a pool of threads all complete rightly") {
  FakeRuntime fake;
  fake.recording(false);
  answer_state(fake);
  const Runc runc({.command = fake.command()});
  asio::thread_pool pool(4);
  std::vector<std::future<Result<Container>>> futures;

  for (int i = 0; i < 100; ++i) {
    futures.push_back(
        runc.async_state("c" + std::to_string(i), {}, asio::bind_executor(pool.get_executor(), asio::use_future)));
  }
  for (int i = 0; i < 100; ++i) CHECK(futures[static_cast<std::size_t>(i)].get().value().id == "c" + std::to_string(i));
  pool.join();
}
