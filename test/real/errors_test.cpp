// SPDX-License-Identifier: Apache-2.0
// What a real runtime refuses, and which Errc comes of it.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "support/real_runtime.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

void check_names_its_object(const Error& error) {
  CAPTURE(error.message());
  CHECK_FALSE(error.operation.empty());
  CHECK_FALSE(error.container.empty());
  CHECK(error.message().find(error.container) != std::string::npos);
  CHECK_FALSE(error.reason.empty());
  CHECK(error.exit.has_value());
  CHECK(error.message().find("<nil>") == std::string::npos);
}

}  // namespace

TEST_CASE("an unknown container is container_not_found for every verb") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  for (const Error& error :
       {runtime->state("nope").error(), runtime->start("nope").error(), runtime->kill("nope").error(),
        runtime->remove("nope").error(), runtime->exec("nope", {"true"}).error()}) {
    CAPTURE(error.message());
    CHECK(error.code == Errc::container_not_found);
    check_names_its_object(error);
  }
  CHECK(runtime->remove("nope", {.force = true}).has_value());
}

TEST_CASE("an id that is taken is already_exists") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sleep", "1000"});
  REQUIRE(runtime->create("web", bundle).has_value());

  const Error error = runtime->create("web", bundle).error();

  CHECK(error.code == Errc::already_exists);
  check_names_its_object(error);
}

TEST_CASE("a bundle that is missing or empty or broken is invalid_bundle") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  std::filesystem::create_directories(runtime / "empty");
  std::filesystem::create_directories(runtime / "broken");
  test::write_text(runtime / "broken/config.json", "{\"ociVersion\": ");

  for (const char* const name : {"missing", "empty", "broken"}) {
    const Error error = runtime->create("web", runtime / name).error();
    CAPTURE(error.message());
    CHECK(error.code == Errc::invalid_bundle);
    check_names_its_object(error);
  }
  CHECK(runtime->list().value().empty());
}

TEST_CASE("a command that the container lacks is told from one that cannot be executed") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->create("web", runtime.bundle({"sleep", "1000"})).has_value());
  REQUIRE(runtime->start("web").has_value());

  CHECK(runtime->exec("web", {"/nope"}).error().code == Errc::command_not_found);
  CHECK(runtime->exec("web", {"/etc"}).error().code == Errc::command_not_executable);
  CHECK(runtime->run("other", runtime.bundle({"/nope"})).error().code == Errc::command_not_found);
}

TEST_CASE("verbs that do not fit the container's state say so") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());

  CHECK(runtime->start("web").error().code == Errc::already_running);
  CHECK(runtime->remove("web").error().code == Errc::not_stopped);
}

TEST_CASE("B14 a relative root means the caller's directory") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sleep", "1000"});
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directories(runtime / "here");
  std::filesystem::current_path(runtime / "here");
  RuncOptions options = runtime.options();
  options.root = "relative";
  const Runc relative(options);

  const auto created = relative.create("web", std::filesystem::relative(bundle));
  const auto state = relative.state("web");
  std::filesystem::current_path("/");
  options.root = (runtime / "here/relative").string();
  const auto from_elsewhere = Runc(options).state("web");
  static_cast<void>(Runc(options).remove("web", {.force = true}));
  std::filesystem::current_path(before);

  CHECK(created.has_value());
  CHECK(state.has_value());
  REQUIRE(from_elsewhere.has_value());
  CHECK(std::filesystem::path(from_elsewhere->bundle) == bundle);
}

TEST_CASE("an option that the runtime has not is unsupported before anything is spawned") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const Error error = runtime->create("web", "/nonexistent", {.pidfd_socket = "/nonexistent"}).error();
  if (error.code == Errc::invalid_bundle) return;  // runc 1.2 has pidfd sockets, and got as far as the bundle
  CHECK(error.code == Errc::unsupported);
}
