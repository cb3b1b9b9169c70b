// SPDX-License-Identifier: Apache-2.0
// Options to argv: a row for every verb and flag.
#include <doctest/doctest.h>

#include <crunc/runc.hpp>

#include <filesystem>

using namespace crunc;
using Argv = std::vector<std::string>;

namespace {

const Runc runc({.relative_paths = RelativePaths::as_given});

struct Row {
  const char* what;
  Result<Argv> argv;
  Argv expected;
};

}  // namespace

TEST_CASE("each verb and each of its flags becomes exactly these arguments") {
  const Row rows[] = {
      {"create", runc.argv("c", "/b", CreateOptions{}), {"runc", "create", "--bundle", "/b", "c"}},
      {"create, all",
       runc.argv("c", "/b",
                 CreateOptions{.pid_file = "/p",
                               .console_socket = "/s",
                               .pidfd_socket = "/f",
                               .no_pivot = true,
                               .no_new_keyring = true,
                               .preserve_fds = 2,
                               .extra_args = {"--x", "y"}}),
       {"runc", "create", "--bundle", "/b", "--pid-file", "/p", "--console-socket", "/s", "--pidfd-socket", "/f",
        "--no-pivot", "--no-new-keyring", "--preserve-fds", "2", "--x", "y", "c"}},
      {"run", runc.argv("c", "/b", RunOptions{}), {"runc", "run", "--bundle", "/b", "c"}},
      {"run, all",
       runc.argv("c", "/b",
                 RunOptions{.pid_file = "/p",
                            .console_socket = "/s",
                            .pidfd_socket = "/f",
                            .detach = true,
                            .keep = true,
                            .no_subreaper = true,
                            .no_pivot = true,
                            .no_new_keyring = true,
                            .preserve_fds = 1,
                            .extra_args = {"--x"}}),
       {"runc", "run", "--bundle", "/b", "--pid-file", "/p", "--console-socket", "/s", "--pidfd-socket", "/f",
        "--no-pivot", "--no-new-keyring", "--detach", "--preserve-fds", "1", "--keep", "--no-subreaper", "--x", "c"}},
      {"start", runc.argv("c", StartOptions{.extra_args = {"--x"}}), {"runc", "start", "--x", "c"}},
      {"exec", runc.argv("c", Argv{"sh", "-c", "--", ""}, ExecOptions{}), {"runc", "exec", "c", "sh", "-c", "--", ""}},
      {"exec, process",
       runc.argv("c", Argv{}, ExecOptions{.process = "/p.json"}),
       {"runc", "exec", "--process", "/p.json", "c"}},
      {"exec, all",
       runc.argv("c", Argv{"sh"},
                 ExecOptions{.pid_file = "/p",
                             .console_socket = "/s",
                             .pidfd_socket = "/f",
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
                             .preserve_fds = 3,
                             .cgroups = {"cpu:/x"},
                             .ignore_paused = true,
                             .extra_args = {"--x"}}),
       {"runc",
        "exec",
        "--console-socket",
        "/s",
        "--pidfd-socket",
        "/f",
        "--detach",
        "--pid-file",
        "/p",
        "--tty",
        "--cwd",
        "/d",
        "--env",
        "A=1",
        "--env",
        "B=2",
        "--user",
        "1:2",
        "--additional-gids",
        "3",
        "--additional-gids",
        "4",
        "--process-label",
        "l",
        "--apparmor",
        "a",
        "--no-new-privs",
        "--cap",
        "CAP_KILL",
        "--preserve-fds",
        "3",
        "--cgroup",
        "cpu:/x",
        "--ignore-paused",
        "--x",
        "c",
        "sh"}},
      {"state", runc.argv("c", StateOptions{}), {"runc", "state", "c"}},
      {"list", runc.argv(ListOptions{}), {"runc", "list", "--format", "json"}},
      {"kill", runc.argv("c", SIGTERM, KillOptions{}), {"runc", "kill", "c", "15"}},
      {"kill, all", runc.argv("c", SIGKILL, KillOptions{.all = true}), {"runc", "kill", "--all", "c", "9"}},
      {"delete", runc.argv("c", RemoveOptions{}), {"runc", "delete", "c"}},
      {"delete, force", runc.argv("c", RemoveOptions{.force = true}), {"runc", "delete", "--force", "c"}},
      {"version", runc.argv(VersionOptions{}), {"runc", "--version"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    REQUIRE(row.argv.has_value());
    CHECK(*row.argv == row.expected);
  }
}

TEST_CASE("the global options stand before the verb in go-runc's order") {
  const Runc all({.command = "/bin/r",
                  .root = "/root",
                  .debug = true,
                  .log = "/log",
                  .log_format = LogFormat::text,
                  .systemd_cgroup = true,
                  .rootless = Rootless::no,
                  .criu = "/criu",
                  .extra_args = {"--y"}});

  CHECK(all.argv("c", StateOptions{}).value() == Argv{"/bin/r", "--root", "/root", "--debug", "--log", "/log",
                                                      "--log-format", "text", "--systemd-cgroup", "--rootless=false",
                                                      "--criu", "/criu", "--y", "state", "c"});
}

TEST_CASE("B14 every relative path is made absolute against the caller's directory") {
  const std::string here = std::filesystem::current_path();
  const Runc relative({.root = "r", .log = "l"});

  CHECK(relative.argv("c", ".", CreateOptions{.pid_file = "p", .console_socket = "s", .pidfd_socket = "f"}).value() ==
        Argv{"runc", "--root", here + "/r", "--log", here + "/l", "--log-format", "json", "create", "--bundle", here,
             "--pid-file", here + "/p", "--console-socket", here + "/s", "--pidfd-socket", here + "/f", "c"});
}

TEST_CASE("B32 an id that would be an option or a path is refused before anything is spawned") {
  for (const std::string& id :
       {std::string(), std::string("-x"), std::string("."), std::string(".."), std::string("a/b"), std::string("a b"),
        std::string("a\n"), std::string("a\0b", 3), std::string("\xc3\xa4"), std::string(1025, 'a')}) {
    CAPTURE(id);
    const auto argv = runc.argv(id, StateOptions{});
    REQUIRE(argv.has_error());
    CHECK(argv.error().code == Errc::invalid_argument);
    CHECK(argv.error().operation == "state");
    const auto called = Runc({.command = "/nonexistent/runtime"}).state(id);
    REQUIRE(called.has_error());
    CHECK(called.error().code == Errc::invalid_argument);
  }
  CHECK(runc.argv("A-z_0.9+", StateOptions{}).has_value());
  CHECK(runc.argv(std::string(1024, 'a'), StateOptions{}).has_value());
}

TEST_CASE("a number of fds that cannot be is refused") {
  CHECK(runc.argv("c", "/b", CreateOptions{.preserve_fds = -1}).error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", "/b", CreateOptions{.preserve_fds = 513}).error().code == Errc::invalid_argument);
}
