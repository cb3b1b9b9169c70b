// SPDX-License-Identifier: Apache-2.0
// What the standard streams and further descriptors of a runtime can be.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <crunc/crunc.hpp>

#include "support/requirements.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/fd.hpp"

using namespace crunc;
using test::FakeRuntime;
namespace fs = std::filesystem;

namespace {

std::string read_to_end(int fd) {
  std::string all;
  char chunk[4096];
  for (ssize_t got = 0; (got = ::read(fd, chunk, sizeof chunk)) > 0;) all.append(chunk, static_cast<std::size_t>(got));
  return all;
}

}  // namespace

TEST_CASE("a pipe brings what the runtime wrote and its end as the child's end is closed here") {
  FakeRuntime fake;
  fake.on("*").step("stdout hello").step("exit 0");
  const Runc runc({.command = fake.command()});
  StreamPipe pipe = StreamPipe::from_container().value();

  REQUIRE(runc.raw({"x"}, {.io = {.out = pipe.stream()}}).has_value());

  CHECK(pipe.stream().fd() == -1);
  CHECK(read_to_end(pipe.fd()) == "hello");
}

TEST_CASE("a pipe to stdin is at its end when this side closes it") {
  FakeRuntime fake;
  fake.on("*").step("echo_stdin").step("exit 0");
  const Runc runc({.command = fake.command()});
  StreamPipe pipe = StreamPipe::to_container().value();
  REQUIRE(::write(pipe.fd(), "words", 5) == 5);

  const auto close_when_started = [&pipe](const RuntimeProcess&) { pipe.close(); };
  const auto ran =
      runc.raw({"x"}, {.io = {.in = pipe.stream(), .out = Stream::capture()}, .on_spawned = close_when_started});

  REQUIRE(ran.has_value());
  CHECK(ran->output.out == "words");
}

TEST_CASE("a pipe belongs to the owner that it is made for") {
  if (test::skip_unless_root()) return;
  const StreamPipe pipe = StreamPipe::from_container(StreamOwner{.uid = 1234, .gid = 56}).value();
  struct stat status {};
  REQUIRE(::fstat(pipe.stream().fd(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 56);
}

TEST_CASE("what was handed over is closed in this process though the spawn failed") {
  FakeRuntime fake;
  test::write_text(fake / "script", "#!/nonexistent/interpreter\n");
  fs::permissions(fake / "script", fs::perms::owner_all);
  StreamPipe pipe = StreamPipe::from_container().value();

  const auto ran = Runc({.command = fake / "script"}).raw({"x"}, {.io = {.out = pipe.stream()}});

  CHECK(ran.error().code == Errc::runtime_not_executable);
  CHECK(pipe.stream().fd() == -1);
  CHECK(read_to_end(pipe.fd()).empty());
}

TEST_CASE("what was handed over is still open when there was no runtime to give it to") {
  const Runc runc({.command = "/nonexistent/runtime"});
  StreamPipe pipe = StreamPipe::from_container().value();

  const auto ran = runc.raw({"x"}, {.io = {.out = pipe.stream()}});

  CHECK(ran.error().code == Errc::runtime_not_found);
  CHECK(pipe.stream().fd() >= 0);  // no call had it: it waits for the next one, or for its last Stream
}

TEST_CASE("a stream that was handed over serves one call alone") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  const StreamPipe pipe = StreamPipe::from_container().value();
  REQUIRE(runc.raw({"x"}, {.io = {.out = pipe.stream()}}).has_value());

  const auto again = runc.raw({"x"}, {.io = {.out = pipe.stream()}});

  REQUIRE(again.has_error());
  CHECK(again.error().code == Errc::invalid_argument);
  CHECK(again.error().system == std::errc::bad_file_descriptor);
  CHECK(again.error().reason == "stdout");
}

TEST_CASE("a file is read as stdin and appended to as stdout") {
  FakeRuntime fake;
  fake.on("*").step("echo_stdin").step("exit 0");
  const Runc runc({.command = fake.command()});
  test::write_text(fake / "in", "new\n");
  test::write_text(fake / "out", "old\n");
  const Io io{.in = Stream::file(fake / "in"), .out = Stream::file(fake / "out"), .err = Stream::file(fake / "err")};

  REQUIRE(runc.raw({"x"}, {.io = io}).has_value());

  CHECK(test::read_text(fake / "out") == "old\nnew\n");
  struct stat status {};
  REQUIRE(::stat((fake / "err").c_str(), &status) == 0);
  CHECK((status.st_mode & 0133U) == 0);
}

TEST_CASE("a file that cannot be opened is named with its stream and nothing is spawned") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto ran = runc.raw({"x"}, {.io = {.in = Stream::file("/nonexistent/in")}});

  REQUIRE(ran.has_error());
  CHECK(ran.error().code == Errc::invalid_argument);
  CHECK(ran.error().reason == "stdin: open /nonexistent/in");
  CHECK(ran.error().system == std::errc::no_such_file_or_directory);
  CHECK(fake.calls().empty());
}

TEST_CASE("a fifo takes output before anybody reads it") {
  FakeRuntime fake;
  fake.on("*").step("stdout words").step("exit 0");
  const Runc runc({.command = fake.command()});
  const fs::path fifo = fake.make_fifo("out");
  const sys::Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));

  REQUIRE(runc.raw({"x"}, {.io = {.in = Stream::fifo(fake.make_fifo("in")), .out = Stream::fifo(fifo)}}).has_value());

  CHECK(read_to_end(reader.get()) == "words");
}

TEST_CASE("a fifo whose writer has gone is at its end as stdin") {
  FakeRuntime fake;
  fake.on("*").step("echo_stdin").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto ran = runc.raw({"x"}, {.io = {.in = Stream::fifo(fake.make_fifo("in")), .out = Stream::capture()},
                                    .timeout = std::chrono::seconds(20)});

  REQUIRE(ran.has_value());
  CHECK(ran->output.out.empty());
}

TEST_CASE("extra fds become 3 and 4 for the runtime and are counted for it") {
  FakeRuntime fake;
  fake.on("*").step("fd 3 three").step("fd 4 four").step("exit 0");
  const Runc runc({.command = fake.command()});
  const sys::Fd four(::open((fake / "four").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const sys::Fd three(::open((fake / "three").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));

  const auto created = runc.create("web", "/b", {.extra_fds = {three.get(), four.get()}});

  CAPTURE(created.has_value() ? "" : created.error().message());
  REQUIRE(created.has_value());
  CHECK(test::read_text(fake / "three") == "three");
  CHECK(test::read_text(fake / "four") == "four");
  const auto call = fake.calls().front();
  const auto flag = std::ranges::find(call, "--preserve-fds");
  REQUIRE(flag != call.end());
  CHECK(*(flag + 1) == "2");
}
