// SPDX-License-Identifier: Apache-2.0
// A container keeps its streams open for as long as it lives; a call does not wait for it.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <thread>

#include "support/real_runtime.hpp"

using namespace crunc;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

std::string stdout_of(pid_t pid) {
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/1").string();
}

/// Whether a pipe still has a writer and nothing to read.
bool is_open_and_silent(int reader) {
  pollfd entry{.fd = reader, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 0;
}

}  // namespace

TEST_CASE("B2 create returns though the container holds a pipe of the caller") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh", "-c", "echo started; sleep 1000"});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);

  const auto created =
      runtime->create("web", bundle, {.io = {.out = Stream::descriptor(ends[1]), .err = Stream::descriptor(ends[1])}});
  ::close(ends[1]);

  REQUIRE(created.has_value());
  CHECK(is_open_and_silent(ends[0]));
  REQUIRE(runtime->start("web").has_value());
  char text[16] = {};
  CHECK(::read(ends[0], text, sizeof text) == 8);
  CHECK(std::string(text) == "started\n");
  CHECK(is_open_and_silent(ends[0]));
  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  CHECK(::read(ends[0], text, sizeof text) == 0);
  ::close(ends[0]);
}

TEST_CASE("B2 create returns though the container holds the pipe of a capture") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  const auto created = runtime->create("web", runtime.bundle({"sleep", "1000"}), {.io = Io::capture()});

  REQUIRE(created.has_value());
  CHECK(created->out.empty());
  CHECK(stdout_of(runtime->state("web").value().pid).starts_with("pipe:"));
}

TEST_CASE("a container without io has /dev/null and can write to it") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto finished = runtime->run("web", runtime.bundle({"sh", "-c", "echo x && echo y >&2 && exit 4"}));
  REQUIRE(finished.has_value());
  CHECK(finished->status == ExitStatus::exited(4));
}

TEST_CASE("8 MiB of a container's output on both streams arrive whole") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh", "-c", "head -c 8388608 /dev/zero & head -c 8388608 /dev/zero >&2; wait"});

  const auto finished = runtime->run("flood", bundle, {.io = Io::capture()});

  REQUIRE(finished.has_value());
  CHECK(finished->status.success());
  CHECK(finished->output.out.size() == 8388608);
  CHECK(finished->output.err.size() == 8388608);
}

TEST_CASE("an 8 MiB burst that a process ends with arrives whole") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  const auto ran = runtime->run("burst", runtime.bundle({"sh", "-c", "head -c 8388608 /dev/zero | tr '\\0' x"}),
                                {.io = Io::capture()});

  REQUIRE(ran.has_value());
  CHECK(ran->output.out == std::string(std::size_t{8} << 20U, 'x'));
  CHECK_FALSE(ran->output.truncated);
}

TEST_CASE("20 MiB through stdin and back are the same bytes") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  std::string bytes(std::size_t{20} << 20U, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  StreamPipe in = StreamPipe::to_container().value();
  std::thread writer([&in, &bytes] {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t put = ::write(in.fd(), bytes.data() + at, bytes.size() - at);
      if (put <= 0) break;
      at += static_cast<std::size_t>(put);
    }
    in.close();
  });

  const auto ran = runtime->run("echo", runtime.bundle({"cat"}), {.io = {.in = in.stream(), .out = Stream::capture()}});
  writer.join();

  REQUIRE(ran.has_value());
  CHECK(ran->output.out.size() == bytes.size());
  CHECK((ran->output.out == bytes));
}

TEST_CASE("a container's user may open its stdout anew when the pipe is his") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  StreamPipe out = StreamPipe::from_container(StreamOwner{.uid = 1234, .gid = 1234}).value();

  const auto ran =
      runtime->exec("web", {"sh", "-c", "echo anew >/dev/stdout"}, {.user = "1234:1234", .io = {.out = out.stream()}});

  REQUIRE(ran.has_value());
  CHECK(ran->status.success());
  char text[16] = {};
  CHECK(::read(out.fd(), text, sizeof text) == 5);
  CHECK(std::string(text) == "anew\n");
}
