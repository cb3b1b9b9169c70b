// SPDX-License-Identifier: Apache-2.0
// Every point at which a call waits or needs a descriptor: cancelled there, destroyed there, or refused one.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <stop_token>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/scenario.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::FakeRuntime;
namespace asio = boost::asio;

namespace {

void answer_state(FakeRuntime& fake) {
  fake.on("state").step(R"(stdout "{\"id\":\"%ID%\",\"pid\":7,\"status\":\"running\"}")").step("stderr x");
  fake.on("*").step("stdout \"runc version 1.1.5\"");
}

/// Counts down to the call that is to be special.
int calls_left = 0;
std::stop_source* stop_at_poll = nullptr;

int poll_and_stop(pollfd* fds, nfds_t count, const timespec* timeout) {
  if (calls_left-- == 0) stop_at_poll->request_stop();
  return kernel_calls().poll(fds, count, timeout);
}

template <class Call, class... Args>
auto or_no_descriptor(Call call, Args... args) {
  if (calls_left-- == 0) {
    errno = EMFILE;
    return static_cast<decltype(call(args...))>(-1);
  }
  return call(args...);
}

/// The calls that make descriptors, one of which finds none left.
Calls short_of_descriptors() {
  Calls table = kernel_calls();
  table.open = [](const char* path, int flags, mode_t mode) {
    return or_no_descriptor(kernel_calls().open, path, flags, mode);
  };
  table.pipe2 = [](int* fds, int flags) { return or_no_descriptor(kernel_calls().pipe2, fds, flags); };
  table.eventfd = [](unsigned initial, int flags) { return or_no_descriptor(kernel_calls().eventfd, initial, flags); };
  table.memfd_create = [](const char* name, unsigned flags) {
    return or_no_descriptor(kernel_calls().memfd_create, name, flags);
  };
  table.fcntl = [](int fd, int command, long argument) {
    return or_no_descriptor(kernel_calls().fcntl, fd, command, argument);
  };
  table.clone = [](int (*entry)(void*), void* stack, int flags, void* argument, int* pidfd) {
    return or_no_descriptor(kernel_calls().clone, entry, stack, flags, argument, pidfd);
  };
  return table;
}

constexpr int more_than_there_are = 500;

}  // namespace

TEST_CASE("a blocking call can be stopped whenever it waits") {
  Calls table = kernel_calls();
  table.poll = poll_and_stop;
  const ReplacedCalls replaced(table);
  int point = 0;
  for (; point < more_than_there_are; ++point) {
    FakeRuntime fake;
    answer_state(fake);
    std::stop_source stop;
    stop_at_poll = &stop;
    calls_left = point;

    const auto state = Runc({.command = fake.command()}).state("web", {.stop = stop.get_token()});

    if (state.has_error()) CHECK(state.error().code == Errc::cancelled);
    if (calls_left >= 0) break;  // it was over before
  }
  CHECK(point > 1);
  CHECK(point < more_than_there_are);
}

TEST_CASE("an asynchronous call can be cancelled after each of its handlers") {
  for (const auto how : {asio::cancellation_type::terminal, asio::cancellation_type::partial}) {
    int point = 0;
    bool is_over = false;
    for (; !is_over && point < more_than_there_are; ++point) {
      FakeRuntime fake;
      answer_state(fake);
      const Runc runc({.command = fake.command()});
      asio::io_context context;
      asio::cancellation_signal cancel;
      std::optional<Result<Container>> result;
      runc.async_state(
          "web", {}, asio::bind_cancellation_slot(cancel.slot(), asio::bind_executor(context, [&](Result<Container> r) {
                                                    result = std::move(r);
                                                  })));
      for (int i = 0; i < point && !result; ++i) context.run_one();
      is_over = result.has_value();

      cancel.emit(how);
      context.run();

      REQUIRE(result.has_value());
      if (result->has_error()) CHECK(result->error().code == Errc::cancelled);
    }
    CHECK(point > 2);
    CHECK(is_over);
  }
}

TEST_CASE("a context can be destroyed after each of a call's handlers") {
  int point = 0;
  bool is_over = false;
  for (; !is_over && point < more_than_there_are; ++point) {
    FakeRuntime fake;
    answer_state(fake);
    asio::io_context context;
    std::optional<Result<Container>> result;
    {
      const Runc runc({.command = fake.command()});  // gone while the call goes on
      runc.async_state("web", {}, asio::bind_executor(context, [&](Result<Container> r) { result = std::move(r); }));
    }
    for (int i = 0; i < point && !result; ++i) context.run_one();
    is_over = result.has_value();
  }
  CHECK(point > 2);
  CHECK(is_over);
}

TEST_CASE("no descriptor left at any one step is a typed error or does no harm") {
  const Calls table = short_of_descriptors();
  const ReplacedCalls replaced(table);
  int point = 0;
  int failures = 0;
  for (; point < more_than_there_are; ++point) {
    calls_left = more_than_there_are;
    FakeRuntime fake;
    answer_state(fake);
    const Runc runc({.command = fake.command()});
    std::stop_source stop;
    calls_left = point;

    const auto state = runc.state("web", {.stop = stop.get_token()});

    if (state.has_error()) {
      ++failures;
      INFO(state.error().message());
      CHECK(state.error().code == Errc::spawn_failed);
      CHECK(static_cast<bool>(state.error().system));
    }
    if (calls_left >= 0) break;
  }
  CHECK(failures > 2);
  CHECK(point < more_than_there_are);
}
