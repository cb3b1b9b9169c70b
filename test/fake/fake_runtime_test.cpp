// SPDX-License-Identifier: Apache-2.0
//
// Tests of the fake runtime itself: how a scenario is found, parsed and matched, and how calls are recorded. Every
// other test that uses it stands on these. Its steps: fake_runtime_output_test.cpp and _process_test.cpp.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <filesystem>

#include "../support/run_program.hpp"
#include "../support/scenario.hpp"
#include "../support/text_file.hpp"

namespace {

namespace fs = std::filesystem;
using crunc::test::FakeRuntime;
using crunc::test::ProgramResult;
using crunc::test::quote;
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

TEST_CASE("a rule without an exit step exits 0") {
  FakeRuntime fake;
  fake.on("*");

  CHECK(play(fake).status == 0);
}

TEST_CASE("the first rule whose words stand in the command line in order is played") {
  FakeRuntime fake;
  fake.on("start web").step("exit 1").on("--root state web").step("exit 2").on("*").step("exit 3");

  CHECK(play(fake, {"--root", "/r", "state", "--all", "web"}).status == 2);
  CHECK(play(fake, {"web", "start"}).status == 3);
  CHECK(play(fake, {"start", "web"}).status == 1);
  CHECK(play(fake, {"start", "web2"}).status == 3);
  CHECK(play(fake).status == 3);
}

TEST_CASE("a call that no rule fits exits 97 and names its command line") {
  FakeRuntime fake;
  fake.on("state");

  const ProgramResult result = play(fake, {"list", "-q"});

  CHECK(result.status == 97);
  CHECK(result.err == "fake runtime: no rule for: " + fake.command().string() + " list -q\n");
}

TEST_CASE("the scenario is found by argv0 or by the path found in PATH or by the environment") {
  FakeRuntime fake{"my-runc"};
  fake.on("*").step("exit 5");
  FakeRuntime other;
  other.on("*").step("exit 6").write();
  fake.write();
  const std::string other_scenario = "FAKE_RUNTIME_SCENARIO=" + (other / "runc.scenario").string();

  CHECK(play(fake).status == 5);
  CHECK(run_program({"./my-runc"}, {.inherit_env = false, .cwd = fake.path()}).status == 5);
  CHECK(run_program({"/usr/bin/env", "my-runc"}, {.env = {"PATH=" + fake.path().string()}}).status == 5);
  CHECK(run_program({fake.command()}, {.env = {other_scenario}}).status == 6);
}

TEST_CASE("the program may be a symlink under a name of its own") {
  FakeRuntime fake;
  fs::create_symlink(fake.command(), fake / "crun");
  write_text(fake / "crun.scenario", "on *\n exit 9\n");

  CHECK(run_program({fake / "crun"}).status == 9);
}

TEST_CASE("without a scenario it exits 96") {
  FakeRuntime fake;
  fake.write();
  fs::remove(fake / "runc.scenario");

  const ProgramResult result = run_program({fake / "runc"});

  CHECK(result.status == 96);
  CHECK(result.err.find("no scenario at " + (fake / "runc.scenario").string()) != std::string::npos);
}

TEST_CASE("a malformed scenario exits 96 and names the line") {
  const auto error_of = [](const std::string& text) {
    FakeRuntime fake;
    fake.write();
    write_text(fake / "runc.scenario", text);
    const ProgramResult result = run_program({fake / "runc"});
    CHECK(result.status == 96);
    CHECK(result.out.empty());
    return result.err.substr(result.err.rfind(".scenario:") + 10);
  };

  CHECK(error_of("\non *\n  sing\n") == "3: unknown step sing\n");
  CHECK(error_of("exit 0\n") == "1: exit stands before the first rule\n");
  CHECK(error_of("on *\nrecord /x\n") == "2: record stands before the first rule\n");
  CHECK(error_of("on\n") == "1: on: which words?\n");
  CHECK(error_of("on *\nexit\n") == "2: exit: wrong number of words\n");
  CHECK(error_of("on *\nstdout a b\n") == "2: stdout: wrong number of words\n");
  CHECK(error_of("on *\nstdout \"a\n") == "2: a quote is not closed\n");
  CHECK(error_of("on *\nstdout \"a\"b\n") == "2: text right after a closing quote\n");
  CHECK(error_of("on *\nstdout \"\\q\"\n") == "2: unknown escape\n");
  CHECK(error_of("on *\nstdout \"\\x4\"\n") == "2: \\x takes two hexadecimal digits\n");
}

TEST_CASE("words of steps that are no number or signal exit 96") {
  CHECK(play_step("exit 256").status == 96);
  CHECK(play_step("exit -1").status == 96);
  CHECK(play_step("delay soon").status == 96);
  CHECK(play_step("ignore SIGNONE").status == 96);
  CHECK(play_step("stdout_fill 1 ab").status == 96);
}

TEST_CASE("comments and blank lines and indentation are ignored") {
  FakeRuntime fake;
  fake.write();
  write_text(fake / "runc.scenario", "# a comment\n\n   # another\n\ton *\r\n\n      exit   4\n# end");

  CHECK(run_program({fake / "runc"}).status == 4);
}

TEST_CASE("strings are bare or quoted with escapes") {
  CHECK(play_step("stdout bare#word").out == "bare#word");
  CHECK(play_step(R"(stdout "a b\n\t\r\"\\\x41\xfe")").out == "a b\n\t\r\"\\A\xfe");
  CHECK(play_step(R"(stdout "\0x")").out == std::string("\0x", 2));
  CHECK(play_step("stdout \"\"").out.empty());
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  CHECK(play_step("stdout " + quote(every_byte)).out == every_byte);
}

TEST_CASE("placeholders stand for the pid and the last argument and the root") {
  FakeRuntime fake;
  fake.on("*").step("stdout \"%ID% in %ROOT%, %PID%\"").step("stderr %PID%");

  const ProgramResult result = play(fake, {"--root", "/run/a", "state", "web"});

  CHECK(result.out == "web in /run/a, " + result.err);
  CHECK(result.err == std::to_string(fake.records().at(0).at("pid").as_int64()));
  CHECK(play(fake, {"--root=/run/b", "state", "web"}).out.starts_with("web in /run/b, "));
  CHECK(play(fake).out.starts_with(" in , "));
}

TEST_CASE("a record tells what the launcher handed over") {
  FakeRuntime fake;
  fake.on("*").step("exit 97");
  const std::string odd = "a\"\\\n\xff\xc3\xa9\xed\xa0\x80";

  (void)run_program({fake.command(), "x", odd, ""}, {.env = {"A=1", "B="}, .inherit_env = false, .cwd = fake.path()});

  const auto records = fake.records();
  REQUIRE(records.size() == 1);
  const auto& record = records[0];
  CHECK(fake.calls()[0] == std::vector<std::string>{"x", "a\"\\\n\xc3\xbf\xc3\xa9\xc3\xad\xc2\xa0\xc2\x80", ""});
  CHECK(record.at("cwd").as_string() == fake.path().c_str());
  CHECK(boost::json::value_to<std::vector<std::string>>(record.at("env")) == std::vector<std::string>{"A=1", "B="});
  CHECK(record.at("ppid").as_int64() == getpid());
  CHECK(record.at("pgid").as_int64() == getpgrp());
  CHECK(record.at("sigblk").as_string() == "0000000000000000");
  // posix_spawn leaves 32 and 33, which glibc keeps for itself, ignored.
  CHECK((std::stoull(std::string(record.at("sigign").as_string()), nullptr, 16) & ~0x180000000ull) == 0);
  const auto& stdio = record.at("fds").as_array();
  REQUIRE(stdio.size() >= 3);
  for (std::size_t fd = 0; fd < 3; ++fd) {
    CHECK(stdio[fd].at("fd").to_number<std::size_t>() == fd);
    CHECK(stdio[fd].at("target").as_string().starts_with("pipe:["));
    CHECK_FALSE(stdio[fd].at("cloexec").as_bool());
  }
  CHECK(std::none_of(stdio.begin(), stdio.end(), [](const boost::json::value& fd) {
    return std::string_view(fd.at("target").as_string()).find(".scenario") != std::string_view::npos;
  }));
}

TEST_CASE("calls without a rule are recorded and switched off recording records nothing") {
  FakeRuntime fake;
  CHECK(fake.records().empty());

  CHECK(play(fake, {"a"}).status == 97);
  CHECK(play(fake, {"b"}).status == 97);
  CHECK(fake.calls() == std::vector<std::vector<std::string>>{{"a"}, {"b"}});

  fake.recording(false);
  CHECK(play(fake, {"c"}).status == 97);
  CHECK(fake.records().size() == 2);
}

TEST_SUITE_END();
