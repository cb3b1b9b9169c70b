// SPDX-License-Identifier: Apache-2.0
// Calls of runtimes that lack what others have.
#include <doctest/doctest.h>

#include <crunc/crunc.hpp>

#include "support/scenario.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::FakeRuntime;
using Argv = std::vector<std::string>;
namespace fs = std::filesystem;

TEST_CASE("list is read from the table that youki prints whatever it is asked for") {
  FakeRuntime fake("youki");
  const fs::path table = fs::path(CRUNC_FIXTURES_PATH) / "written/youki-list.txt";
  fake.on("list").step("stdout_file " + table.string()).step("exit 0");
  const Runc youki({.command = fake.command()});

  const auto list = youki.list();
  const auto ids = youki.list({.quiet = true});

  REQUIRE(list.value().size() == 3);
  CHECK(list->at(0).id == "web");
  CHECK(list->at(0).pid == 4242);
  CHECK(list->at(0).owner == "root");
  REQUIRE(ids.value().size() == 3);
  CHECK(ids->at(1).id == "job.1");
  CHECK(ids->at(1).bundle.empty());
  CHECK(ids->at(1).status_text.empty());
}

TEST_CASE("an option that the runtime lacks is unsupported and nothing but its version was asked") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"crun version 1.8.1\\n\"");
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});

  const auto first = runc.exec("web", {"x"}, {.additional_gids = {1}});
  const auto second = runc.exec("web", {"x"}, {.ignore_paused = true});

  REQUIRE(first.has_error());
  CHECK(first.error().code == Errc::unsupported);
  CHECK(first.error().message().find("--additional-gids") != std::string::npos);
  CHECK(second.error().code == Errc::unsupported);
  CHECK(fake.calls() == std::vector<Argv>{{"--version"}});
}

TEST_CASE("a socket path that runc cannot connect to is refused with its limit and others may have it") {
  const std::string longest = "/" + std::string(106, 's');
  const std::string too_long = longest + "s";
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.3.0\\n\"");
  fake.on("*").step("exit 0");
  FakeRuntime crun("crun");
  crun.on("--version").step("stdout \"crun version 1.21\\n\"");
  crun.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});

  CHECK(runc.create("web", "/b", {.console_socket = longest}).has_value());
  const auto created = runc.create("web", "/b", {.console_socket = too_long});
  const auto executed = runc.exec("web", {"x"}, {.pidfd_socket = too_long, .detach = true});
  const auto restored = runc.restore("web", "/b", {.console_socket = too_long});

  for (const Error& error : {created.error(), executed.error(), restored.error()}) {
    CHECK(error.code == Errc::invalid_argument);
    CHECK(error.message().find("107 bytes: " + too_long) != std::string::npos);
  }
  CHECK(fake.calls().size() == 2);  // the first create, and the version
  CHECK(Runc({.command = crun.command()}).create("web", "/b", {.console_socket = too_long}).has_value());
}

TEST_CASE("a runtime that is exchanged is asked again what it can do") {
  FakeRuntime fake;
  fake.on("--version").step("stdout \"crun version 1.8.1\\n\"");
  const fs::path command = fake.command();
  const Runc runc({.command = command});
  CHECK(runc.exec("web", {"x"}, {.additional_gids = {1}}).error().code == Errc::unsupported);

  FakeRuntime other;
  other.on("--version").step("stdout \"runc version 1.1.5\\n\"");
  other.on("*").step("exit 0");
  fs::rename(other.command(), command);
  fs::rename(other.command().string() + ".scenario", command.string() + ".scenario");

  CHECK(runc.exec("web", {"x"}, {.additional_gids = {1}}).has_value());
}

TEST_CASE("a root that has not been made yet has no containers for runc 1.3 as well") {
  FakeRuntime fake;
  const std::string words = R"({"level":"error","msg":"open /nonexistent/root: no such file or directory"})";
  fake.on("*").step("log " + test::quote(words + "\n")).step("exit 1");

  CHECK(Runc({.command = fake.command(), .root = "/nonexistent/root"}).list().value().empty());

  CHECK(Runc({.command = fake.command(), .root = "/another"}).list().error().code == Errc::runtime_failed);
}
