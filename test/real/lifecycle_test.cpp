// SPDX-License-Identifier: Apache-2.0
// Containers of a real runtime from create to delete.
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>

#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

TEST_CASE("a container goes from create to delete") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sleep", "1000"});

  REQUIRE(runtime->create("web", bundle, {.pid_file = runtime / "pid"}).has_value());
  const Container created = runtime->state("web").value();
  CHECK(created.status == Status::created);
  CHECK(created.bundle == bundle.string());
  CHECK(std::to_string(created.pid) == test::read_text(runtime / "pid"));

  REQUIRE(runtime->start("web").has_value());
  CHECK(runtime->state("web").value().status == Status::running);
  const auto list = runtime->list().value();
  REQUIRE(list.size() == 1);
  CHECK(list.front().id == "web");
  CHECK(list.front().pid == created.pid);

  const auto ran = runtime->exec("web", {"sh", "-c", "echo out; echo err >&2; exit 5"}, {.io = Io::capture()});
  REQUIRE(ran.has_value());
  CHECK(ran->status == ExitStatus::exited(5));
  CHECK(ran->output.out == "out\n");
  CHECK(ran->output.err == "err\n");

  REQUIRE(runtime->kill("web", SIGKILL).has_value());
  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  CHECK(runtime->state("web").error().code == Errc::container_not_found);
  CHECK(runtime->list().value().empty());
  CHECK_FALSE(test::is_alive(created.pid));
}

TEST_CASE("run gives the process' own exit code") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  const auto seven = runtime->run("seven", runtime.bundle({"sh", "-c", "echo hello; exit 7"}), {.io = Io::capture()});
  const auto one = runtime->run("one", runtime.bundle({"sh", "-c", "exit 1"}));

  REQUIRE(seven.has_value());
  CHECK(seven->status == ExitStatus::exited(7));
  CHECK(seven->output.out == "hello\n");
  REQUIRE(one.has_value());
  CHECK(one->status == ExitStatus::exited(1));
  CHECK(runtime->list().value().empty());
}

TEST_CASE("a process that SIGKILL ended comes as the runtime reports it which is exited 137") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->create("web", runtime.bundle({"sleep", "1000"})).has_value());
  REQUIRE(runtime->start("web").has_value());

  const auto killed = runtime->exec("web", {"sh", "-c", "kill -9 $$"});

  REQUIRE(killed.has_value());
  CHECK(killed->status == ExitStatus::exited(137));
}

TEST_CASE("a runtime that SIGKILL ended is signaled 9 and neither 137 nor 9") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->create("web", runtime.bundle({"sleep", "1000"})).has_value());
  REQUIRE(runtime->start("web").has_value());

  const auto killed =
      runtime->exec("web", {"sleep", "1000"},
                    {.on_spawned = [](const RuntimeProcess& process) { CHECK(process.signal(SIGKILL).has_value()); }});

  REQUIRE(killed.has_error());
  CHECK(killed.error().code == Errc::runtime_killed);
  CHECK(killed.error().exit == ExitStatus::signaled(9));
}

TEST_CASE("a detached run returns when the container has started") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  const auto started = runtime->run("job", runtime.bundle({"sleep", "1000"}), {.detach = true});

  REQUIRE(started.has_value());
  CHECK(started->status.success());
  CHECK(runtime->state("job").value().status == Status::running);
}

TEST_CASE("a coroutine takes a container through its life") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh", "-c", "exit 3"});
  boost::asio::io_context context;
  std::optional<ExitStatus> status;

  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        const auto exit = co_await runtime->async_run("job", bundle, {.timeout = 60s}, boost::asio::use_awaitable);
        status = exit.value().status;
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  context.run();

  CHECK(status == ExitStatus::exited(3));
}

TEST_CASE("version tells the runtime's name and the specification that it implements") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const Version version = runtime->version().value();
  CHECK(version.name == (runtime.is_crun() ? "crun" : "runc"));
  CHECK_FALSE(version.version.empty());
  CHECK(version.spec.starts_with("1."));
}
