// SPDX-License-Identifier: Apache-2.0
// Pumps: what is the end of a source and what is not, no busy loop, and nothing that stands around while nobody writes.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "support/console_peer.hpp"
#include "support/failing.hpp"
#include "support/pump_scene.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::Pump;
using test::fail_with;
using test::PumpDrive;
using test::PumpScene;
using test::write_bytes;

namespace {

bool is_ready(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) != 0;
}

}  // namespace

TEST_CASE("a pump hands on what is written and waits for more") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd writer = scene.open_writer();

  write_bytes(writer.get(), "hello");
  pump.step();

  CHECK(scene.basket->got == "hello");
  CHECK(pump.reads() >= 0);
  CHECK(pump.writes() == -1);
  CHECK_FALSE(pump.looks_again());
  CHECK_FALSE(pump.is_drained());
  CHECK_FALSE(pump.is_over());
}

TEST_CASE("the first writer of a pipe is waited for without a look at the clock") {
  PumpScene scene;
  Pump& pump = scene.start();

  pump.step();
  REQUIRE(pump.reads() >= 0);
  CHECK_FALSE(is_ready(pump.reads()));
  CHECK_FALSE(pump.looks_again());
  const sys::Fd writer = scene.open_writer();
  write_bytes(writer.get(), "x");

  CHECK(is_ready(pump.reads()));
  pump.step();
  CHECK(scene.basket->got == "x");
}

TEST_CASE("a pipe that all have closed is looked at now and then while its process lives") {
  PumpScene scene;
  Pump& pump = scene.start();
  sys::Fd writer = scene.open_writer();
  write_bytes(writer.get(), "before");
  writer.reset();

  pump.step();
  CHECK(scene.basket->got == "before");
  CHECK(pump.reads() == -1);
  REQUIRE(pump.looks_again().has_value());
  CHECK_FALSE(pump.is_over());
  writer = scene.open_writer();
  write_bytes(writer.get(), " after");
  PumpDrive drive(pump, [&] { return scene.basket->got == "before after"; });
  process::drive(drive, {});

  CHECK(pump.reads() >= 0);
  CHECK(drive.steps < 10);
  pump.process_ended();
  writer.reset();
  pump.step();
  CHECK(pump.is_over());
}

TEST_CASE("the end of its process is the end of a pipe that nobody has open") {
  PumpScene scene;
  Pump& pump = scene.start();
  sys::Fd writer = scene.open_writer();
  write_bytes(writer.get(), "last words");
  writer.reset();

  pump.process_ended();
  CHECK_FALSE(pump.is_drained());
  pump.step();

  CHECK(scene.basket->got == "last words");
  CHECK(pump.is_drained());
  CHECK(pump.is_over());
  CHECK(pump.reads() == -1);
  CHECK(pump.writes() == -1);
  CHECK_FALSE(pump.looks_again());
  CHECK_FALSE(pump.take_loss());
}

TEST_CASE("a process that never opened its pipe has drained it") {
  PumpScene scene;
  Pump& pump = scene.start();
  pump.step();
  pump.process_ended();
  pump.step();

  CHECK(pump.is_drained());
  CHECK(pump.is_over());
}

TEST_CASE("what others write after the end of a process is handed on and not waited for") {
  PumpScene scene;
  Pump& pump = scene.start();
  sys::Fd other = scene.open_writer();
  write_bytes(other.get(), "own ");

  pump.process_ended();
  pump.step();
  CHECK(pump.is_drained());
  CHECK_FALSE(pump.is_over());
  write_bytes(other.get(), "others'");
  other.reset();
  PumpDrive drive(pump, [&] { return pump.is_over(); });
  process::drive(drive, {});

  CHECK(scene.basket->got == "own others'");
}

TEST_CASE("others who never pause keep neither a step nor the drained state up") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd other = scene.open_writer();
  const std::string chunk(4096, 'x');
  write_bytes(other.get(), chunk);
  scene.basket->on_write = [&] { write_bytes(other.get(), chunk); };

  pump.step();
  CHECK(scene.basket->got.size() <= std::size_t{640} * 1024);
  pump.process_ended();
  pump.step();

  CHECK(pump.is_drained());
  CHECK_FALSE(pump.is_over());
}

TEST_CASE("reads that are interrupted or short are gone on with") {
  PumpScene scene;
  Pump& pump = scene.start();
  const sys::Fd writer = scene.open_writer();
  write_bytes(writer.get(), "byte by byte");
  static int calls;
  calls = 0;
  Calls slow = kernel_calls();
  slow.read = [](int fd, void* buffer, size_t) {
    return ++calls % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().read(fd, buffer, 1);
  };
  const ReplacedCalls replaced(slow);
  pump.step();

  CHECK(scene.basket->got == "byte by byte");
}

TEST_CASE("a source that cannot be read is over and says why") {
  PumpScene scene;
  Pump& pump = scene.start();
  Calls broken = kernel_calls();
  broken.read = [](int, void*, size_t) { return fail_with<ssize_t>(EIO); };
  const ReplacedCalls replaced(broken);

  pump.step();

  CHECK(pump.is_over());
  CHECK(pump.reads() == -1);
  CHECK_FALSE(pump.is_drained());
  const auto loss = pump.take_loss();
  CHECK(loss->bytes == 0);
  CHECK((loss->error.system == std::errc::io_error));
  pump.process_ended();
  CHECK(pump.is_drained());
}

TEST_CASE("the end of what is typed ends its pump without a word") {
  for (const bool is_pipe : {true, false}) {
    CAPTURE(is_pipe);
    auto pipe = test::open_pipe();
    const test::TempDir dir;
    sys::Fd file(::open((dir / "typed").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::fcntl(pipe.reader.fd(), F_SETFL, O_NONBLOCK) == 0);
    write_bytes(is_pipe ? pipe.writer.fd() : file.get(), "typed");
    REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
    pipe.writer.reset();
    PumpScene scene(is_pipe ? sys::Fd(pipe.reader.release()) : std::move(file));

    scene.pump->step();

    CHECK(scene.basket->got == "typed");
    CHECK(scene.pump->reads() == -1);
    CHECK_FALSE(scene.pump->take_loss());
  }
}

TEST_CASE("a pump that has nothing to do has no buffer") {
  constexpr std::size_t count = 100;
  const std::string chunk(60'000, 'x');
  std::vector<std::unique_ptr<PumpScene>> scenes;
  scenes.reserve(count);
  std::vector<sys::Fd> writers;
  writers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    scenes.push_back(std::make_unique<PumpScene>());
    scenes.back()->start();
    writers.push_back(scenes.back()->open_writer());
    scenes.back()->basket->got.reserve(chunk.size());
  }
  const std::size_t before = ::mallinfo2().uordblks;
  for (std::size_t i = 0; i < count; ++i) {
    write_bytes(writers[i].get(), chunk);
    scenes[i]->basket->room = 1;
    scenes[i]->pump->step();
    scenes[i]->basket->room = SIZE_MAX;
    scenes[i]->pump->step();
    REQUIRE(scenes[i]->basket->got.size() == chunk.size());
  }

  CHECK(::mallinfo2().uordblks < before + count * 100);
  CHECK(sizeof(Pump) <= 256);
}
