// SPDX-License-Identifier: Apache-2.0
// What flows through pumps: every byte once and in order, past slow outlets and up to the last one of a process.
#include <doctest/doctest.h>

#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include <crunc/console.hpp>

#include "support/console_peer.hpp"
#include "support/pump_scene.hpp"

using namespace crunc;
using task::Pump;
using test::drive_blocking;
using test::drive_by_asio;
using test::PumpDrive;
using test::PumpScene;
using test::write_bytes;

namespace {

sys::Fd copy_of(const Descriptor& master) {
  sys::Fd copy = sys::duplicate(master.fd()).value();
  REQUIRE_FALSE(sys::set_nonblocking(copy.get()));
  return copy;
}

std::string numbers(std::size_t size) {
  std::string result;
  for (int i = 0; result.size() < size; ++i) result += std::to_string(i) + ' ';
  return result;
}

}  // namespace

TEST_CASE("a slow outlet holds the writer up and loses nothing") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd writer = scene.open_writer();
  scene.basket->room = 3;
  write_bytes(writer.get(), "012345");

  pump.step();
  CHECK(scene.basket->got == "012");
  CHECK(pump.reads() == -1);
  CHECK(pump.writes() == scene.basket->waits_for());
  write_bytes(writer.get(), "6789");
  pump.step();
  CHECK(sys::readable_bytes(writer.get()).value() == 4);  // still in the pipe
  pump.process_ended();
  scene.basket->room = 5;
  pump.step();
  CHECK(scene.basket->got == "01234567");
  CHECK_FALSE(pump.is_drained());
  scene.basket->room = 100;
  pump.step();

  CHECK(scene.basket->got == "0123456789");
  CHECK(pump.is_drained());
  CHECK(pump.reads() >= 0);
}

TEST_CASE("bytes that an outlet fails to take are counted and the next ones are tried again") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd writer = scene.open_writer();
  const auto say = [&](const char* words) {
    write_bytes(writer.get(), words);
    pump.step();
  };

  say("good ");
  scene.basket->failure = Error(Errc::system_error, "first");
  say("12345");
  scene.basket->failure = Error(Errc::system_error, "second");
  say("678");
  scene.basket->failure.reset();
  say("again");

  const auto loss = pump.take_loss();
  REQUIRE(loss.has_value());
  CHECK(loss->bytes == 8);
  CHECK(loss->error.reason == "first");
  CHECK(scene.basket->got == "good again");
  CHECK_FALSE(pump.take_loss());
}

TEST_CASE("what waits for an outlet that breaks is lost and no more") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd writer = scene.open_writer();
  scene.basket->room = 2;
  write_bytes(writer.get(), "abcdef");
  pump.step();
  scene.basket->failure = Error(Errc::system_error, "broken");

  pump.process_ended();
  pump.step();

  CHECK(pump.take_loss()->bytes == 4);
  CHECK(pump.is_drained());
  CHECK(scene.basket->got == "ab");
}

TEST_CASE("a burst of 8 MiB before the end comes whole by either driver") {
  const std::string much = numbers(std::size_t{8} * 1024 * 1024);
  for (const auto& drive : {drive_blocking, drive_by_asio}) {
    PumpScene scene;
    Pump& pump = scene.start();
    const std::jthread process([&, writer = scene.open_blocking_writer()] { write_bytes(writer.get(), much); });
    // The writers' end is seen as the hang-up; until then nothing tells of the process.
    drive(std::make_shared<PumpDrive>(pump, [&] {
      if (pump.looks_again()) pump.process_ended();
      pump.step();
      return pump.is_over();
    }));

    CHECK(scene.basket->got.size() == much.size());
    CHECK(scene.basket->got == much);
  }
}

TEST_CASE("a terminal that nobody has open is looked at until its process has ended") {
  test::Pty pty = test::open_pty();
  PumpScene scene(copy_of(pty.master));
  Pump& pump = *scene.pump;
  write_bytes(pty.slave.fd(), "before");
  pump.step();
  CHECK(pump.reads() >= 0);
  pty.slave.reset();

  pump.step();
  CHECK(pump.reads() == -1);
  CHECK(pump.looks_again().has_value());
  pty.slave = Console::adopt(Descriptor(copy_of(pty.master).release())).value().open_peer().value();
  write_bytes(pty.slave.fd(), " after");
  PumpDrive drive(pump, [&] { return scene.basket->got == "before after"; });
  process::drive(drive, {});
  CHECK(drive.steps < 10);
  write_bytes(pty.slave.fd(), " the end");
  pty.slave.reset();
  pump.process_ended();
  pump.step();

  CHECK(scene.basket->got == "before after the end");
  CHECK(pump.is_drained());
  CHECK(pump.is_over());
  CHECK_FALSE(pump.take_loss());
}

TEST_CASE("all that is printed on a terminal comes whole by either driver") {
  const std::string much = numbers(std::size_t{512} * 1024);
  for (const auto& drive : {drive_blocking, drive_by_asio}) {
    test::Pty pty = test::open_pty();
    PumpScene scene(copy_of(pty.master));
    Pump& pump = *scene.pump;
    const std::jthread process([&] {
      write_bytes(pty.slave.fd(), much);
      pty.slave.reset();
    });
    drive(std::make_shared<PumpDrive>(pump, [&] {
      if (pump.looks_again()) pump.process_ended();
      pump.step();
      return pump.is_over();
    }));

    CHECK(scene.basket->got == much);
  }
}
