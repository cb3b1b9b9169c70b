// SPDX-License-Identifier: Apache-2.0
// The relay on Asio's reactor: sockets, pipes, files, and a context that goes away.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <optional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/relay_scene.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::CountHangUps;
using test::read_bytes;
using test::Scene;
using test::write_bytes;
namespace asio = boost::asio;

TEST_CASE("async_relay carries between a terminal and a socket") {
  Scene scene;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor socket(ends[0]);
  const Descriptor peer(ends[1]);
  asio::io_context context;
  std::optional<Relayed> relayed;

  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const RelayOptions options{.pidfd = scene.process.pidfd()};
        relayed = (co_await scene.console->async_relay(socket.fd(), socket.fd(), options, asio::use_awaitable)).value();
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  const std::jthread process([&] {
    write_bytes(peer.fd(), "typed");
    CHECK(read_bytes(scene.slave.fd(), 5) == "typed");
    write_bytes(scene.slave.fd(), "printed");
    CHECK(read_bytes(peer.fd(), 7) == "printed");
    write_bytes(scene.slave.fd(), "last words");
    scene.end_process();
  });
  context.run();

  REQUIRE(relayed.has_value());
  CHECK(relayed->to_process_bytes == 5);
  CHECK(relayed->from_process_bytes == 17);
  CHECK(read_bytes(peer.fd(), 10) == "last words");
}

TEST_CASE("async_relay waits for room at both ends and survives a hang-up") {
  Scene scene;
  const CountHangUps counting;
  REQUIRE(::fcntl(scene.out.writer.fd(), F_SETPIPE_SZ, 4096) > 0);
  const std::string much(128 * 1024, 'x');
  asio::io_context context;
  std::optional<Relayed> relayed;
  scene.console->async_relay(scene.in.reader.fd(), scene.out.writer.fd(),
                             {.pidfd = scene.process.pidfd(), .executor = context.get_executor()},
                             [&](Result<Relayed> result) { relayed = result.value(); });
  const std::jthread process([&] {
    std::jthread typist([&] { write_bytes(scene.in.writer.fd(), much); });
    std::jthread printer([&] { write_bytes(scene.slave.fd(), much); });
    CHECK(scene.output(much.size()) == much);
    CHECK(read_bytes(scene.slave.fd(), much.size()) == much);
    printer.join();
    scene.slave.reset();
    counting.await(2);
    scene.slave = scene.console->open_peer().value();
    write_bytes(scene.slave.fd(), "after");
    CHECK(scene.output(5) == "after");
    scene.end_process();
  });
  context.run();

  REQUIRE(relayed.has_value());
  CHECK(relayed->to_process_bytes == much.size());
  CHECK(relayed->from_process_bytes == much.size() + 5);
}

TEST_CASE("files are the input and the output of a relay with either driver") {
  for (const bool asynchronous : {false, true}) {
    CAPTURE(asynchronous);
    Scene scene;
    const test::TempDir dir;
    const std::string much(100 * 1000, 'x');
    test::write_text(dir / "in", much);
    const Descriptor in(::open((dir / "in").c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor out(::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::jthread process([&] {
      write_bytes(scene.slave.fd(), read_bytes(scene.slave.fd(), much.size()));
      scene.end_process();
    });
    std::optional<Result<Relayed>> result;
    asio::io_context context;
    const RelayOptions options{.pidfd = scene.process.pidfd(), .executor = context.get_executor()};
    if (asynchronous) {
      scene.console->async_relay(in.fd(), out.fd(), options, [&](Result<Relayed> relayed) { result = relayed; });
      context.run();
    } else {
      result = scene.console->relay(in.fd(), out.fd(), options);
    }

    CHECK(result->value().to_process_bytes == much.size());
    CHECK(test::read_text(dir / "out") == much);
  }
}

TEST_CASE("a relay goes on without the Console and the context may go before it") {
  Scene scene;
  {
    asio::io_context context;
    scene.console->async_relay(scene.in.reader.fd(), scene.out.writer.fd(),
                               {.pidfd = scene.process.pidfd(), .executor = context.get_executor()},
                               [](const Result<Relayed>&) { FAIL("never called"); });
    scene.console.reset();
    context.poll();
    write_bytes(scene.slave.fd(), "x");
    CHECK(context.run_one() == 1);
  }
}
