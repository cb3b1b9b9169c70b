// SPDX-License-Identifier: Apache-2.0
//
// Tests of what the fake runtime writes and reads: its streams, the log, the pid file, other files, and the
// conditions on files.
#include <doctest/doctest.h>

#include <filesystem>

#include "../support/run_program.hpp"
#include "../support/scenario.hpp"
#include "../support/text_file.hpp"

namespace {

namespace fs = std::filesystem;
using crunc::test::FakeRuntime;
using crunc::test::ProgramResult;
using crunc::test::quote;
using crunc::test::read_text;
using crunc::test::run_program;
using crunc::test::write_text;

ProgramResult play(FakeRuntime& fake, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), fake.command().string());
  return run_program(arguments);
}

/// Play one step for any call.
ProgramResult play_step(const std::string& step) {
  FakeRuntime fake;
  fake.on("*").step(step);
  return play(fake);
}

}  // namespace

TEST_SUITE_BEGIN("fake runtime");

TEST_CASE("stdout and stderr steps write to their own stream") {
  FakeRuntime fake;
  write_text(fake / "text", std::string("from\0file", 9));
  fake.on("*").step("stdout a").step("stderr b").step("stdout c");
  fake.step("stdout_file " + quote((fake / "text").string())).step("stderr_file " + (fake / "text").string());

  const ProgramResult result = play(fake);

  CHECK(result.status == 0);
  CHECK(result.out == "ac" + std::string("from\0file", 9));
  CHECK(result.err == "b" + std::string("from\0file", 9));
}

TEST_CASE("flood and the fill steps write the bytes that were asked for") {
  const std::size_t size = 1'000'001;
  FakeRuntime fake;
  fake.on("flood").step("flood 1000001");
  fake.on("fill").step("stdout_fill 1000001 x").step("stderr_fill 3 \"\\n\"");

  const ProgramResult flood = play(fake, {"flood"});
  const ProgramResult fill = play(fake, {"fill"});

  CHECK(flood.out == std::string(size, 'o'));
  CHECK(flood.err == std::string(size, 'e'));
  CHECK(fill.out == std::string(size, 'x'));
  CHECK(fill.err == "\n\n\n");
}

TEST_CASE("log appends to the file of --log and does nothing without it") {
  FakeRuntime fake;
  const std::string log = (fake / "log.json").string();
  fake.on("*").step("log \"{\\\"level\\\":\\\"error\\\"}\\n\"").step("log two");

  CHECK(play(fake, {"--log-format", "json", "state"}).status == 0);
  CHECK_FALSE(fs::exists(log));
  CHECK(play(fake, {"--log", log, "state"}).status == 0);
  CHECK(play(fake, {"--log=file:" + log, "state"}).status == 0);
  CHECK(read_text(log) == "{\"level\":\"error\"}\ntwo{\"level\":\"error\"}\ntwo");
  CHECK(play(fake, {"--log", "/nonexistent/log"}).status == 98);
}

TEST_CASE("pid_file writes the pid or a text to the file of --pid-file") {
  FakeRuntime fake;
  const std::string file = (fake / "pid").string();
  fake.on("create").step("pid_file").step("stdout %PID%").on("run").step("pid_file 12x");

  CHECK(play(fake, {"create"}).status == 0);
  CHECK_FALSE(fs::exists(file));
  const ProgramResult created = play(fake, {"create", "--pid-file", file});
  CHECK(created.out == read_text(file));
  CHECK(play(fake, {"run", "--pid-file=" + file}).status == 0);
  CHECK(read_text(file) == "12x");
}

TEST_CASE("write and mkdir and remove change files") {
  FakeRuntime fake;
  fake.on("create").step("mkdir %ROOT%/a/b/%ID%").step("write %ROOT%/a/b/%ID%/state \"x y\"");
  fake.on("delete").step("remove %ROOT%/a");
  const std::string root = (fake / "root").string();

  CHECK(play(fake, {"--root", root, "create", "web"}).status == 0);
  CHECK(read_text(fake / "root/a/b/web/state") == "x y");
  CHECK(play(fake, {"--root", root, "create", "web"}).status == 0);
  CHECK(play(fake, {"--root", root, "delete", "web"}).status == 0);
  CHECK_FALSE(fs::exists(fake / "root/a"));
  CHECK(fs::exists(fake / "root"));
  CHECK(play(fake, {"--root", root, "delete", "web"}).status == 0);
}

TEST_CASE("a condition that does not hold passes the call on to the next rule that fits") {
  FakeRuntime fake;
  fake.on("create").step("unless_exists %ROOT%/%ID%").step("mkdir %ROOT%/%ID%").step("exit 0");
  fake.on("state").step("if_exists %ROOT%/%ID%").step("stdout running").step("exit 0");
  fake.on("create").step("stderr exists").step("exit 1");
  fake.on("state").step("if_exists /nonexistent");
  const std::string root = fake.path().string();

  CHECK(play(fake, {"--root", root, "state", "web"}).status == 97);
  CHECK(play(fake, {"--root", root, "create", "web"}).status == 0);
  CHECK(play(fake, {"--root", root, "create", "web"}).err == "exists");
  CHECK(play(fake, {"--root", root, "state", "web"}).out == "running");
}

TEST_CASE("a step that fails exits 98 and names the file") {
  const ProgramResult result = play_step("stdout_file /nonexistent/file");

  CHECK(result.status == 98);
  CHECK(result.err == "fake runtime: open \"/nonexistent/file\": No such file or directory\n");
  CHECK(play_step("write /nonexistent/file x").status == 98);
  CHECK(play_step("mkdir /proc/none/such").status == 98);
  CHECK(play_step("remove /proc/self/status").status == 98);
  CHECK(play_step("fd 999 x").status == 98);
}

TEST_CASE("stdin goes to a file or back to stdout up to its end") {
  FakeRuntime fake;
  fake.on("echo").step("echo_stdin").step("exit 3");
  fake.on("save").step("stdin_to " + (fake / "saved").string());
  const std::string bytes(300'000, 'i');

  const ProgramResult echo = run_program({fake.command(), "echo"}, {.stdin_bytes = bytes});
  const ProgramResult save = run_program({fake.command(), "save"}, {.stdin_bytes = bytes});

  CHECK(echo.status == 3);
  CHECK(echo.out == bytes);
  CHECK(save.out.empty());
  CHECK(read_text(fake / "saved") == bytes);
}

TEST_CASE("fd writes to any descriptor") {
  FakeRuntime fake;
  fake.on("*").step("fd 1 out").step("fd 2 err");

  const ProgramResult result = play(fake);

  CHECK(result.out == "out");
  CHECK(result.err == "err");
}

TEST_SUITE_END();
