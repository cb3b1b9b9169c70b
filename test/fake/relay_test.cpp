// SPDX-License-Identifier: Apache-2.0
// Copying between a terminal and two streams: no byte is lost at either end of the process' life, and EIO is no end.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <optional>
#include <stop_token>
#include <thread>

#include <crunc/crunc.hpp>

#include "support/relay_scene.hpp"
#include "sys/process_ref.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::CountHangUps;
using test::open_pipe;
using test::open_pty;
using test::PipeEnds;
using test::Pty;
using test::read_bytes;
using test::Scene;
using test::write_bytes;

namespace {

/// Whether somebody else would find one of the streams non-blocking while a relay uses them.
bool is_nonblocking_meanwhile(int in, int out, int reader_of_out) {
  Scene scene;
  auto relay = scene.start(in, out);
  write_bytes(scene.slave.fd(), "x");
  CHECK(read_bytes(reader_of_out, 1) == "x");
  const int flags = ::fcntl(in, F_GETFL) | ::fcntl(out, F_GETFL);
  scene.end_process();
  CHECK(relay.get().has_value());
  return (flags & O_NONBLOCK) != 0;
}

}  // namespace

TEST_CASE("a relay carries both ways until the process has ended") {
  Scene scene;
  auto relay = scene.start();

  write_bytes(scene.in.writer.fd(), "typed");
  CHECK(read_bytes(scene.slave.fd(), 5) == "typed");
  write_bytes(scene.slave.fd(), "printed");
  CHECK(scene.output(7) == "printed");
  write_bytes(scene.slave.fd(), "last words");
  scene.end_process();

  const Relayed relayed = relay.get().value();
  CHECK(relayed.to_process_bytes == 5);
  CHECK(relayed.from_process_bytes == 17);
  CHECK_FALSE(relayed.left_open);
  CHECK(scene.output(10) == "last words");
}

TEST_CASE("B29 what a process printed is relayed though it has ended before") {
  Scene scene;
  write_bytes(scene.slave.fd(), "fast");
  scene.end_process();

  CHECK(scene.start().get().value().from_process_bytes == 4);
  CHECK(scene.output(4) == "fast");
}

TEST_CASE("a terminal that nobody has open is waited at while its process lives") {
  Scene scene;
  const CountHangUps counting;
  auto relay = scene.start();
  write_bytes(scene.slave.fd(), "before");
  scene.slave.reset();
  counting.await(1);
  const auto began = std::chrono::steady_clock::now();
  counting.await(4);
  // 10, 20 and 40 ms apart, and no busy loop.
  CHECK(std::chrono::steady_clock::now() - began >= 60ms);

  scene.slave = scene.console->open_peer().value();
  write_bytes(scene.slave.fd(), " and after");
  CHECK(scene.output(16) == "before and after");
  scene.end_process();

  CHECK(relay.get().value().from_process_bytes == 16);
}

TEST_CASE("typing at a full terminal that nobody has open waits without a busy loop") {
  Scene scene;
  REQUIRE(::tcflow(scene.console->fd(), TCOOFF) == 0);  // nothing more goes in, as if it were full
  scene.slave.reset();
  write_bytes(scene.in.writer.fd(), "x");
  const CountHangUps counting;
  const auto began = std::chrono::steady_clock::now();
  auto relay = scene.start();
  // Four looks in each direction are 70 ms.
  counting.await(8);
  CHECK(std::chrono::steady_clock::now() - began >= 60ms);
  CHECK(scene.console->write("x", 20ms).value() == 0);
  scene.end_process();

  CHECK(relay.get().value().to_process_bytes == 0);
  CHECK(counting.count() < 30);
}

TEST_CASE("without a process the first hang-up is the end") {
  Scene scene;
  write_bytes(scene.slave.fd(), "all");
  scene.slave.reset();

  const auto relayed = scene.console->relay(-1, scene.out.writer.fd());

  CHECK(relayed.value().from_process_bytes == 3);
  CHECK(scene.output(3) == "all");
}

TEST_CASE("the end of the runtime is the end of a process that lasts as long") {
  Scene scene;
  const int copy = ::fcntl(scene.process.pidfd(), F_DUPFD_CLOEXEC, 3);
  const RuntimeProcess runtime(
      Process::make(sys::ProcessRef::of_pidfd(scene.process.pid(), sys::Fd(copy), sys::Kin::stranger), {}));
  write_bytes(scene.slave.fd(), "x");
  scene.end_process();

  CHECK(scene.console->relay(-1, scene.out.writer.fd(), {.runtime = runtime}).value().from_process_bytes == 1);
}

TEST_CASE("the end of the input ends nothing") {
  Scene scene;
  auto relay = scene.start();
  write_bytes(scene.in.writer.fd(), "x");
  scene.in.writer.reset();
  CHECK(read_bytes(scene.slave.fd(), 1) == "x");
  write_bytes(scene.slave.fd(), "still here");
  CHECK(scene.output(10) == "still here");
  scene.end_process();

  CHECK(relay.get().has_value());
}

TEST_CASE("the end of the input is an end of file where that is asked for") {
  for (const std::string typed : {"", "line\n", "half a line"}) {
    CAPTURE(typed);
    Scene scene(true);
    REQUIRE(scene.console->set_echo(Echo::off).has_value());
    write_bytes(scene.in.writer.fd(), typed);
    scene.in.writer.reset();
    auto relay = scene.start({.input_end = InputEnd::eof});

    CHECK(read_bytes(scene.slave.fd(), 1000) == typed);
    scene.end_process();

    CHECK(relay.get().has_value());
  }
}

TEST_CASE("a slow reader loses nothing of what is printed") {
  Scene scene;
  REQUIRE(::fcntl(scene.out.writer.fd(), F_SETPIPE_SZ, 4096) > 0);
  std::string much;
  for (int i = 0; much.size() < 512 * 1024; ++i) much += std::to_string(i) + ' ';
  auto relay = scene.start();
  const std::jthread printer([&] {
    write_bytes(scene.slave.fd(), much);
    scene.end_process();
  });

  CHECK(scene.output(much.size()) == much);

  CHECK(relay.get().value().from_process_bytes == much.size());
}

TEST_CASE("a process that does not read keeps its output flowing and gets all input in the end") {
  Scene scene;
  const std::string much(256 * 1024, 'x');
  auto relay = scene.start();
  std::jthread typist([&] { write_bytes(scene.in.writer.fd(), much); });

  write_bytes(scene.slave.fd(), "printed meanwhile");
  CHECK(scene.output(17) == "printed meanwhile");
  CHECK(read_bytes(scene.slave.fd(), much.size()) == much);
  typist.join();
  scene.end_process();

  CHECK(relay.get().value().to_process_bytes == much.size());
}

TEST_CASE("an output that is gone is an error and no SIGPIPE") {
  Scene scene;
  scene.out.reader.reset();
  write_bytes(scene.slave.fd(), "x");

  const auto relayed = scene.start().get();

  CHECK(relayed.error().code == Errc::system_error);
  CHECK((relayed.error().system == std::errc::broken_pipe));
  CHECK(relayed.error().operation == "relay");
}

TEST_CASE("a relay that is stopped writes what it has read and can be started again") {
  Scene scene;
  std::stop_source stop;
  auto relay = scene.start({.stop = stop.get_token()});
  write_bytes(scene.slave.fd(), "first");
  CHECK(scene.output(5) == "first");
  stop.request_stop();
  CHECK(relay.get().error().code == Errc::cancelled);
  write_bytes(scene.slave.fd(), "second");
  scene.end_process();

  CHECK(scene.start().get().value().from_process_bytes == 6);
  CHECK(scene.output(6) == "second");
}

TEST_CASE("a stop is not held up by an output that nobody reads") {
  Scene scene;
  REQUIRE(::fcntl(scene.out.writer.fd(), F_SETPIPE_SZ, 4096) > 0);
  std::stop_source stop;
  auto relay = scene.start({.stop = stop.get_token()});
  const std::string much(1024 * 1024, 'x');
  const std::jthread printer([&] {
    // It ends with the terminal.
    CHECK_THROWS_AS(write_bytes(scene.slave.fd(), much), std::system_error);
  });
  // One byte has come: the pipe is full, or soon will be.
  CHECK(scene.output(1) == "x");
  stop.request_stop();

  CHECK(relay.get().error().code == Errc::cancelled);
  scene.console.reset();
}

TEST_CASE("others who hold the terminal after the process' end are listened to for a while only") {
  Scene scene;
  write_bytes(scene.slave.fd(), "own");
  scene.process.end();

  const Relayed relayed = scene.start({.linger = 1ms}).get().value();

  CHECK(relayed.left_open);
  CHECK(relayed.from_process_bytes == 3);
}

TEST_CASE("streams of the caller stay blocking for everybody else") {
  const PipeEnds in = open_pipe();
  const PipeEnds out = open_pipe();
  const Pty host = open_pty(true);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor socket(ends[0]);
  const Descriptor peer(ends[1]);

  CHECK_FALSE(is_nonblocking_meanwhile(in.reader.fd(), out.writer.fd(), out.reader.fd()));
  CHECK_FALSE(is_nonblocking_meanwhile(host.slave.fd(), host.slave.fd(), host.master.fd()));
  CHECK(is_nonblocking_meanwhile(socket.fd(), socket.fd(), peer.fd()));
  CHECK((::fcntl(socket.fd(), F_GETFL) & O_NONBLOCK) == 0);
}
