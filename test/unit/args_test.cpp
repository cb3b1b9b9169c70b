// SPDX-License-Identifier: Apache-2.0
// Options to argv: a row for every verb and flag.
#include <doctest/doctest.h>

#include <crunc/runc.hpp>

#include <filesystem>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "support/argv_table.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using Argv = std::vector<std::string>;

namespace {

const Runc runc({.relative_paths = RelativePaths::as_given});

}  // namespace

TEST_CASE("B16 each verb and each of its flags becomes exactly these arguments") {
  for (const test::ArgvRow& row : test::argv_table()) {
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

TEST_CASE("extra fds and preserved fds exclude each other") {
  const auto both = runc.argv("c", "/b", CreateOptions{.preserve_fds = 1, .extra_fds = {5}});
  CHECK(both.error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", Argv{"sh"}, ExecOptions{.extra_fds = {-1}}).error().code == Errc::invalid_argument);
}

TEST_CASE("B1 an interval of zero or less is refused before the runtime would") {
  CHECK(runc.argv("c", EventsOptions{.interval = 0s}).error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", EventsOptions{.interval = -1ms}).error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", EventsOptions{.queue_limit = 0}).error().code == Errc::invalid_argument);
}

TEST_CASE("limits are given either as flags or as resources") {
  CHECK(runc.argv("c", UpdateOptions{.resources = "/r", .pids_limit = 1}).error().code == Errc::invalid_argument);
  const auto mixed = runc.argv("c", oci::LinuxResources{}, UpdateOptions{.memory_bytes = 1});
  CHECK(mixed.error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", oci::LinuxResources{}, UpdateOptions{.resources = "/r"}).has_error());
}

TEST_CASE("a process is given either as a command with flags or as a document") {
  const oci::Process process{.cwd = "/"};
  for (const ExecOptions& flags :
       {ExecOptions{.tty = true}, ExecOptions{.cwd = "/"}, ExecOptions{.environment = {"A=1"}},
        ExecOptions{.user = "1"}, ExecOptions{.additional_gids = {1}}, ExecOptions{.process_label = "l"},
        ExecOptions{.apparmor = "a"}, ExecOptions{.no_new_privs = true}, ExecOptions{.capabilities = {"CAP_BPF"}}}) {
    CHECK(runc.argv("c", process, flags).error().code == Errc::invalid_argument);
    CHECK(runc.argv("c", Argv{"sh"}, flags).has_value());
    ExecOptions with_file = flags;
    with_file.process = "/p.json";
    CHECK(runc.argv("c", Argv{}, with_file).error().code == Errc::invalid_argument);
  }
  CHECK(runc.argv("c", process, ExecOptions{.process = "/p.json"}).error().code == Errc::invalid_argument);
  CHECK(runc.argv("c", Argv{"sh"}, ExecOptions{.process = "/p.json"}).error().code == Errc::invalid_argument);
  const ExecOptions around{.pid_file = "/p", .detach = true, .cgroups = {"/x"}, .ignore_paused = true};
  CHECK(runc.argv("c", process, around).has_value());
}

TEST_CASE("a parent path is relative to the images and must be there") {
  const auto with = [](const char* parent) {
    return runc.argv("c", CheckpointOptions{.image_path = "/usr/x", .parent_path = parent});
  };
  CHECK(with("../bin").value() == Argv{"runc", "checkpoint", "--image-path", "/usr/x", "--parent-path", "../bin", "c"});
  CHECK(with("/usr/bin").error().code == Errc::invalid_argument);
  CHECK(with("../nonexistent").error().message() ==
        "checkpoint c: invalid argument: parent_path is no directory: /usr/nonexistent");
  CHECK(runc.argv("c", CheckpointOptions{.parent_path = "bin"}).error().code == Errc::invalid_argument);
}

TEST_CASE("a document that cannot be written is refused with its reason") {
  const auto argv = runc.argv("c", oci::Process{.cwd = "/", .extra = {{"x", "{no json"}}}, ExecOptions{});
  CHECK(argv.error().code == Errc::invalid_argument);
  CHECK(argv.error().operation == "exec");
}
