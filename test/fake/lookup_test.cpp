// SPDX-License-Identifier: Apache-2.0
// Which file is executed as the runtime: a path, a name, a descriptor.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include <crunc/crunc.hpp>

#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::FakeRuntime;
using Argv = std::vector<std::string>;
namespace fs = std::filesystem;

TEST_CASE("B27 a runtime that is open as 3 or 4 or 5 is executed whatever becomes of these numbers in it") {
  FakeRuntime fake;
  fake.on("exec").step("pid_file").step("exit 0");
  fake.on("*").step(R"(log "{\"level\":\"error\",\"msg\":\"logged\"}\n")").step("exit 1");
  const std::string program = fake.command();
  const std::string link = fake / "link";
  fs::create_symlink("/dev/fd/3", link);
  const auto works = [&](const fs::path& command) {
    const Runc runc({.command = command, .environment = {"FAKE_RUNTIME_SCENARIO=" + program + ".scenario"}});
    const auto executed = runc.exec("web", oci::Process{.args = {"x"}, .cwd = "/"});  // log 3 and process 4
    const auto created = runc.create("web", "/b", {.extra_fds = {0, 1}});             // 3 and 4 and the log 5
    return executed.has_value() && created.has_error() && created.error().reason == "logged";
  };

  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close_range(3, ~0U, 0);
    for (int fd = 3; fd <= 5; ++fd) ::open(program.c_str(), O_RDONLY | O_CLOEXEC);
    bool all = works(link) && works("/proc/thread-self/fd/4");
    for (const char* const number : {"3", "4", "5"}) {
      all = all && works(std::string("/proc/self/fd/") + number) && works(std::string("/dev/fd/") + number);
    }
    ::_exit(all ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);

  CHECK(status == 0);
}

TEST_CASE("B27 a runtime in a directory that is open as 3 is executed") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const std::string scenario = "FAKE_RUNTIME_SCENARIO=" + fake.command().string() + ".scenario";

  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close_range(3, ~0U, 0);
    ::open(fake.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Runc runc({.command = "/proc/self/fd/3/runc", .environment = {scenario}});
    ::_exit(runc.start("web").has_value() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);

  CHECK(status == 0);
}

TEST_CASE("a runtime that is not there or may not or cannot be executed is three different errors") {
  const test::TempDir dir;
  test::write_text(dir / "plain", "#!/bin/sh\n");
  test::write_text(dir / "text", "no program\n");
  ::chmod((dir / "text").c_str(), 0755);
  test::write_text(dir / "script", "#!/nonexistent/interpreter\n");
  ::chmod((dir / "script").c_str(), 0755);
  const auto error = [](const fs::path& command) { return Runc({.command = command}).state("web").error(); };

  CHECK(error(dir / "missing").code == Errc::runtime_not_found);
  CHECK(error("no-such-runtime-in-path").code == Errc::runtime_not_found);
  CHECK(error(dir.path()).code == Errc::runtime_not_found);
  CHECK(error("").code == Errc::runtime_not_found);
  CHECK(error(dir / "plain").code == Errc::runtime_permission_denied);
  CHECK(error(dir / "text").code == Errc::runtime_not_executable);
  CHECK(error(dir / "script").code == Errc::runtime_not_executable);
  for (const fs::path& command : {dir / "missing", dir / "plain", dir / "text", dir / "script"}) {
    const Error e = error(command);
    CAPTURE(e.message());
    CHECK(e.message().find(command.string()) != std::string::npos);
    CHECK(e.message().find("<nil>") == std::string::npos);
    CHECK(e.operation == "state");
    CHECK_FALSE(e.exit.has_value());
  }
}

TEST_CASE("a runtime is found without a PATH and never in the working directory") {
  FakeRuntime fake("sh");
  fake.on("*").step("exit 0");
  static_cast<void>(fake.command());
  const std::string path = std::getenv("PATH");
  const fs::path before = fs::current_path();
  fs::current_path(fake.path());
  ::setenv("PATH", ".::", 1);
  const auto in_directory = Runc({.command = "sh"}).raw({"-c", "exit 3"}, {.io = {}});
  ::unsetenv("PATH");
  const auto without_path = Runc({.command = "sh"}).raw({"-c", "exit 3"}, {.io = {}});
  ::setenv("PATH", path.c_str(), 1);
  fs::current_path(before);

  REQUIRE(in_directory.has_error());
  CHECK(in_directory.error().code == Errc::runtime_not_found);
  REQUIRE(without_path.has_value());
  CHECK(without_path->status == ExitStatus::exited(3));
}
