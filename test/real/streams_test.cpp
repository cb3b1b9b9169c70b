// SPDX-License-Identifier: Apache-2.0
// A container keeps its streams open for as long as it lives; a call does not wait for it (client.md B2).
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>

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
