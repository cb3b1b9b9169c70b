// SPDX-License-Identifier: Apache-2.0
// What goes through the standard streams: floods, limits, the caller's descriptors.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <crunc/crunc.hpp>

#include "support/fifo.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/fd.hpp"

using namespace crunc;
using test::FakeRuntime;

namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

}  // namespace

TEST_CASE("8 MiB on stdout and on stderr at once arrive whole and apart") {
  FakeRuntime fake;
  fake.on("*").step("flood 8388608").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto finished = runc.raw({"x"}, {.io = Io::capture()});

  REQUIRE(finished.has_value());
  CHECK(finished->output.out.size() == 8 * mebibyte);
  CHECK(finished->output.err.size() == 8 * mebibyte);
  CHECK_FALSE(finished->output.truncated);
}

TEST_CASE("a capture keeps its limit and reads the rest so that the runtime goes on") {
  FakeRuntime fake;
  fake.on("*").step("stdout_fill 3000000 a").step("stdout end").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto finished = runc.raw({"x"}, {.io = {.out = Stream::capture(1000)}});

  REQUIRE(finished.has_value());
  CHECK(finished->status.success());
  CHECK(finished->output.out == std::string(1000, 'a'));
  CHECK(finished->output.truncated);
}

TEST_CASE("a flood on stderr of a call that decodes stdout leaves its last 8 KiB") {
  FakeRuntime fake;
  fake.on("*").step("stderr_fill 8388608 a").step("stderr end").step("exit 1");
  const Runc runc({.command = fake.command()});

  const auto state = runc.state("web");

  REQUIRE(state.has_error());
  CHECK(state.error().stderr_tail.size() == 8192);
  CHECK(state.error().stderr_tail.ends_with("aaaend"));
}

TEST_CASE("B18 /dev/null takes writes on every stream") {
  FakeRuntime fake;
  fake.on("*").step("fd 0 x").step("stdout x").step("stderr x").step("exit 0");
  CHECK(Runc({.command = fake.command()}).create("web", "/b").has_value());
}

TEST_CASE("the caller's descriptors are the runtime's streams and stay the caller's") {
  FakeRuntime fake;
  fake.on("*").step("echo_stdin").step("stderr e").step("exit 0");
  int in[2];
  int out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(::write(in[1], "hello", 5) == 5);
  ::close(in[1]);

  const auto finished =
      Runc({.command = fake.command()})
          .raw({"x"},
               {.io = {.in = Stream::descriptor(in[0]), .out = Stream::descriptor(out[1]), .err = Stream::capture()}});

  REQUIRE(finished.has_value());
  CHECK(finished->output.err == "e");
  char buffer[16] = {};
  CHECK(::read(out[0], buffer, sizeof buffer) == 5);
  CHECK(std::string(buffer) == "hello");
  CHECK(::close(in[0]) == 0);
  CHECK(::close(out[1]) == 0);
  ::close(out[0]);
}

TEST_CASE("a closed stream of this process is /dev/null for the runtime when inherited") {
  FakeRuntime fake;
  fake.on("*").step("stdout_fill 10 x").step("exit 0");
  const int saved = ::fcntl(0, F_DUPFD_CLOEXEC, 10);
  ::close(0);

  const auto finished =
      Runc({.command = fake.command()}).raw({"x"}, {.io = {.in = Stream::inherit(), .out = Stream::capture()}});

  ::dup2(saved, 0);
  ::close(saved);
  REQUIRE(finished.has_value());
  CHECK(finished->output.out == "xxxxxxxxxx");
  CHECK(fake.records().at(0).at("fds").at(0).at("target").as_string() == "/dev/null");
}

TEST_CASE("a bad descriptor of the caller is an error that says so") {
  const auto error = Runc({.command = "/bin/true"}).raw({}, {.io = {.out = Stream::descriptor(9999)}}).error();
  CHECK(error.code == Errc::spawn_failed);
  CHECK((error.system == std::errc::bad_file_descriptor));
}
