// SPDX-License-Identifier: Apache-2.0
// Which call of the runtime a command line becomes.
#include <doctest/doctest.h>

#include <filesystem>

#include "call_of.hpp"

using namespace crunc;
using test::Argv;
using test::as_given;
using test::as_text;
using test::call_of;
using test::FakeRuntime;
using test::ProgramResult;
using test::run_program;
using test::tail;

TEST_CASE("every verb that makes or ends containers makes exactly the call that argv of the same options gives") {
  const Runc runc(as_given);
  struct Row {
    Argv typed;
    Result<Argv> expected;
  };
  const Row rows[] = {
      {{"create", "-b", "rel/b", "c"}, runc.argv("c", "rel/b", CreateOptions{})},
      {{"create", "c"}, runc.argv("c", "", CreateOptions{})},
      {{"create", "--bundle=/b", "c", "--pid-file", "p", "--console-socket=/s", "--no-pivot", "--no-new-keyring",
        "--preserve-fds", "2"},
       runc.argv(
           "c", "/b",
           CreateOptions{
               .pid_file = "p", .console_socket = "/s", .no_pivot = true, .no_new_keyring = true, .preserve_fds = 2})},
      {{"run", "--detach", "--keep", "--no-subreaper", "--pidfd-socket", "/f", "-b", "/b", "c"},
       runc.argv("c", "/b", RunOptions{.pidfd_socket = "/f", .detach = true, .keep = true, .no_subreaper = true})},
      {{"run", "--detach=false", "-b", "/b", "c"}, runc.argv("c", "/b", RunOptions{})},
      {{"start", "c"}, runc.argv("c", StartOptions{})},
      {{"state", "c"}, runc.argv("c", StateOptions{})},
      {{"list", "-f", "json"}, runc.argv(ListOptions{})},
      {{"kill", "c"}, runc.argv("c", SIGTERM, KillOptions{})},
      {{"kill", "-a", "c", "KILL"}, runc.argv("c", SIGKILL, KillOptions{.all = true})},
      {{"kill", "c", "9", "--all"}, runc.argv("c", SIGKILL, KillOptions{.all = true})},
      {{"delete", "c", "-f"}, runc.argv("c", RemoveOptions{.force = true})},
      {{"exec",
        "-t",
        "-d",
        "-e",
        "A=1",
        "-e",
        "B=2",
        "--cwd",
        "/d",
        "-u",
        "1:2",
        "-g",
        "3",
        "-g",
        "4",
        "-c",
        "CAP_KILL",
        "--cgroup",
        "x",
        "--no-new-privs",
        "--ignore-paused",
        "--process-label",
        "l",
        "--apparmor",
        "a",
        "--pid-file",
        "p",
        "--preserve-fds",
        "1",
        "c",
        "sh",
        "-c",
        "exit 3"},
       runc.argv("c", {"sh", "-c", "exit 3"},
                 ExecOptions{.pid_file = "p",
                             .detach = true,
                             .tty = true,
                             .cwd = "/d",
                             .environment = {"A=1", "B=2"},
                             .user = "1:2",
                             .additional_gids = {3, 4},
                             .process_label = "l",
                             .apparmor = "a",
                             .no_new_privs = true,
                             .capabilities = {"CAP_KILL"},
                             .preserve_fds = 1,
                             .cgroups = {"x"},
                             .ignore_paused = true})},
      {{"exec", "-p", "spec.json", "c"}, runc.argv("c", Argv{}, ExecOptions{.process = "spec.json"})},
  };
  for (const Row& row : rows) {
    CAPTURE(row.typed.front());
    CHECK(call_of(row.typed) == tail(row.expected));
  }
}

TEST_CASE("global options go before the verb and a relative root means the working directory") {
  const std::string here = std::filesystem::current_path();
  RuncOptions options = as_given;
  options.root = here + "/r";
  options.log = "log";
  options.debug = true;
  options.systemd_cgroup = true;
  options.rootless = Rootless::no;

  CHECK(call_of({"--root", "r", "--debug", "--log=log", "--log-format", "json", "--systemd-cgroup=true", "--rootless",
                 "false", "state", "c"}) == tail(Runc(options).argv("c", StateOptions{})));
  options.log_format = LogFormat::text;
  CHECK(call_of({"--root", "r", "--debug", "--log=log", "--systemd-cgroup", "--rootless=false", "state", "c"}) ==
        tail(Runc(options).argv("c", StateOptions{})));
  CHECK(call_of({"--root", "r", "pause", "c"}) == Argv{"--root", here + "/r", "pause", "c"});
}

TEST_CASE("everything behind the id of exec is the process' own") {
  CHECK(call_of({"exec", "c", "prog", "--env", "-t", "--timeout", "5", "--", "--help", ""}) ==
        Argv{"exec", "c", "prog", "--env", "-t", "--timeout", "5", "--", "--help", ""});
  CHECK(call_of({"exec", "--timeout", "5s", "-t", "c", "-prog", "x"}) == Argv{"exec", "--tty", "c", "-prog", "x"});
  CHECK(call_of({"exec", "--env", "-x", "c", "p"}) == Argv{"exec", "--env", "-x", "c", "p"});
}

TEST_CASE("what crunc does not know goes to the runtime as typed") {
  const Argv lines[] = {
      {"checkpoint", "--help"},
      {"bogus", "--x", ""},
      {"restore", "-no-subreaper", "c"},
      {"create", "-no-pivot", "-b", "/b", "c"},
      {"create", "--unknown", "c"},
      {"create", "--preserve-fds", "many", "c"},
      {"create", "--pid-file"},
      {"create"},
      {"create", "a", "b"},
      {"state", "-x"},
      {"state", "../escape"},
      {"state", ".hidden"},
      {"state", "--", "-x"},
      {"kill", "c", "FOO"},
      {"list"},
      {"list", "-q"},
      {"list", "-f", "table"},
      {"run", "-d", "c", "-b", "/b"},
      {"kill", "c", "-a", "KILL"},
      {"delete", "--force=yes", "c"},
      {"delete", "--force=2", "c"},
      {"create", "--bundle=", "c"},
      {"create", "-b", "", "c"},
      {"create", "-b", "/a", "--bundle", "/b", "c"},
      {"exec", "-g", "010", "c", "x"},
      {"exec", "-g", "0x10", "c", "x"},
      {"state", "--", "--timeout", "5s"},
      {"create", "--pid-file", "--timeout", "-x", "c"},
      {"--log-format", "json", "state", "c"},
      {"--log-format", "text", "state", "c"},
      {"exec", "c"},
      {"exec", "--unknown", "c", "x"},
      {"exec", "--", "c", "x"},
      {"exec", "-td", "c", "x"},
      {"", "list"},
      {"--version"},
      {"-v"},
      {"--unknown-global", "state", "c"},
      {"--rootless", "maybe", "state", "c"},
      {"--log-format", "xml", "state", "c"},
      {"-root", "/r", "bogus"},
  };
  for (const Argv& line : lines) {
    CAPTURE(as_text(line));
    CHECK(call_of(line) == line);
  }
}

TEST_CASE("crunc's own options are not handed on") {
  CHECK(call_of({"--timeout", "30s", "state", "c"}) == Argv{"state", "c"});
  CHECK(call_of({"state", "c", "--timeout=30s"}) == Argv{"state", "c"});
  CHECK(call_of({"state", "--timeout", "1m30s", "--unknown", "c"}) == Argv{"state", "--unknown", "c"});
  CHECK(call_of({"exec", "--timeout", "5s", "--unknown", "c", "x"}) == Argv{"exec", "--unknown", "c", "x"});
  CHECK(call_of({"--timeout=1h", "bogus"}) == Argv{"bogus"});
}

TEST_CASE("help is crunc's own and asks no runtime") {
  for (const Argv& line :
       {Argv{"--help"}, Argv{"-h"}, Argv{}, Argv{"create", "--help"}, Argv{"exec", "-h"}, Argv{"help"}, Argv{"h"},
        Argv{"help", "update"}, Argv{"h", "checkpoint"}, Argv{"--help", "create", "c"}}) {
    Argv argv{test::command_path(), "--runtime", "/nonexistent"};
    argv.insert(argv.end(), line.begin(), line.end());
    if (line.empty()) argv = {test::command_path()};
    const ProgramResult result = run_program(argv);
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(result.out.starts_with("Usage: crunc"));
    CHECK(result.out.find("Examples:") < result.out.find("Options:"));
  }
}

TEST_CASE("a mistake in an option of crunc's own is one line that names it and exit code 2") {
  for (const Argv& line : {Argv{"--timeout", "abc", "list"}, Argv{"--timeout", "5", "list"}, Argv{"--timeout"},
                           Argv{"state", "--timeout", "-1s", "c"}, Argv{"exec", "--timeout", "x", "c", "p"},
                           Argv{"state", "c", "--timeout"}, Argv{"--timeout=", "list"}}) {
    Argv argv{test::command_path()};
    argv.insert(argv.end(), line.begin(), line.end());
    const ProgramResult result = run_program(argv);
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.starts_with("crunc: --timeout: "));
    CHECK(result.err.find('\n') == result.err.size() - 1);
  }
}

TEST_CASE("version tells crunc's version and the runtime's") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"crun version 1.8.1\\n\"");
  const ProgramResult result = run_program({test::command_path(), "--runtime", fake.command(), "version"});
  CHECK(result.status == 0);
  CHECK(result.out == "crunc version " + std::string(library_version()) + "\ncrun version 1.8.1\n");
}
