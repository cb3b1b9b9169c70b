// SPDX-License-Identifier: Apache-2.0
// Did you mean: one line behind the runtime's own words, on a terminal only.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "command_path.hpp"
#include "suggest.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"

using crunc::cli::edit_distance;
using crunc::cli::most_similar;
using crunc::test::FakeRuntime;
using crunc::test::ProgramResult;
using crunc::test::run_program;

namespace {

/// Runs crunc with a terminal as its stderr; what came there is `err`, its line ends as they were written.
ProgramResult on_terminal(FakeRuntime& fake, const std::string& words) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  REQUIRE(master >= 0);
  REQUIRE(::grantpt(master) == 0);
  REQUIRE(::unlockpt(master) == 0);
  const std::string slave = ::ptsname(master);
  const int held = ::open(slave.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);  // else what came is gone with crunc
  ProgramResult result = run_program(
      {"/bin/sh", "-c",
       "exec " + crunc::test::command_path() + " --runtime " + fake.command().string() + " " + words + " 2>" + slave});
  char bytes[4096];
  pollfd ready{.fd = master, .events = POLLIN, .revents = 0};
  // The terminal hands on what was written a moment later.
  while (::poll(&ready, 1, result.err.ends_with("\n") ? 50 : 1000) == 1) {
    const ssize_t size = ::read(master, bytes, sizeof bytes);
    if (size <= 0) break;
    result.err.append(bytes, static_cast<std::size_t>(size));
  }
  std::erase(result.err, '\r');
  ::close(held);
  ::close(master);
  return result;
}

FakeRuntime& refusing(FakeRuntime& fake, int code = 1) {
  fake.on("list").step("stdout " + crunc::test::quote("web\ndatabase\n")).step("exit 0");
  fake.on("*").step("stderr \"runtime's words\\n\"").step("exit " + std::to_string(code));
  return fake;
}

}  // namespace

TEST_CASE("the distance of words counts letters and a swap as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("state", "state") == 0);
  CHECK(edit_distance("stat", "state") == 1);
  CHECK(edit_distance("tsate", "state") == 1);
  CHECK(edit_distance("kill", "pause") == 5);
  CHECK(edit_distance("", "ps") == 2);
  CHECK(most_similar("stae", {"start", "state", "list"}) == "state");
  CHECK(most_similar("stat", {"start", "state", "list"}) == "state");
  CHECK_FALSE(most_similar("xyz", {"start", "state", "list"}).has_value());
  CHECK_FALSE(most_similar("list", {"list"}).has_value());
}

TEST_CASE("an unknown verb gets a hint on a terminal behind the runtime's words") {
  FakeRuntime fake;
  const ProgramResult result = on_terminal(refusing(fake, 3), "stat web");
  CHECK(result.status == 3);
  CHECK(result.out == "");
  CHECK(result.err == "runtime's words\ncrunc: did you mean `state`?\n");
  FakeRuntime another;
  CHECK(on_terminal(refusing(another, 3), "frobnicate").err == "runtime's words\n");
}

TEST_CASE("an unknown flag gets a hint on a terminal") {
  FakeRuntime fake;
  CHECK(on_terminal(refusing(fake), "create --bundel /b web").err ==
        "runtime's words\ncrunc: did you mean `--bundle`?\n");
  FakeRuntime another;
  CHECK(on_terminal(refusing(another), "delete --force=yes web").err == "runtime's words\n");
}

TEST_CASE("a container that is not there gets a hint of one that is") {
  FakeRuntime fake;
  refusing(fake);
  CHECK(on_terminal(fake, "state databse").err == "runtime's words\ncrunc: did you mean `database`?\n");
  CHECK(on_terminal(fake, "kill other").err == "runtime's words\ncrunc: see `crunc list` for the containers\n");
  CHECK(on_terminal(fake, "state web").err == "runtime's words\n");
}

TEST_CASE("without a terminal or a failure there is no hint") {
  FakeRuntime fake;
  refusing(fake, 3);
  const ProgramResult piped = run_program({crunc::test::command_path(), "--runtime", fake.command(), "staet"});
  CHECK(piped.status == 3);
  CHECK(piped.err == "runtime's words\n");
  FakeRuntime content;
  content.on("*").step("exit 0");
  CHECK(on_terminal(content, "staet").err == "");
}

TEST_CASE("a verb of crunc's own always says what a flag may have been") {
  const ProgramResult result = run_program({crunc::test::command_path(), "wait", "--fromat", "jsonl", "web"});
  CHECK(result.status == 2);
  CHECK(result.err == "crunc: wait: there is no option --fromat; did you mean `--format`?\n");
}
