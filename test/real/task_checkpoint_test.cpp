// SPDX-License-Identifier: Apache-2.0
// Tasks that are written to images and made from them again.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>

#include "support/criu.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/task_scene.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using Names = std::vector<std::string>;

TEST_CASE("a task is checkpointed and restored and goes on with its output") {
  if (test::skip_unless_real_runtime() || test::skip_unless_criu()) return;
  RealRuntime runtime;
  if (test::skip_unless(!runtime.is_crun(), "this crun is built without CRIU")) return;
  test::Loop loop;
  RuncOptions options = runtime.options();
  options.executor = loop.executor();
  options.monitor = SubreaperMonitor::start().value();
  options.criu = *test::working_criu();
  const Runc runc(options);
  const auto bundle = runtime.bundle({"sh", "-c", "i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done"});
  test::Collected before;
  test::EventLog log;

  const Task task = Task::create(runc, "web", bundle,
                                 {.directory = runtime / "task", .io = {.out = before.sink()}, .on_event = log.sink()})
                        .value();
  REQUIRE(task.start().has_value());
  REQUIRE(before.wait_for("\n3\n"));
  const auto dumped = task.checkpoint({.image_path = runtime / "images", .work_path = runtime / "work"});
  if (!dumped) {
    const Error error = dumped.error();
    for (const std::string& line : error.criu.value_or(CriuFailure{}).errors) MESSAGE(line);
  }
  REQUIRE(dumped.has_value());
  CHECK(task.wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(task.remove().has_value());
  CHECK(log.names() == Names{"created", "started", "checkpointed", "exited", "removed"});

  test::Collected after;
  test::EventLog second;
  const RestoreOptions restore{.image_path = runtime / "images", .work_path = runtime / "restore"};
  const auto restored =
      Task::restore(runc, "web", bundle, restore,
                    {.directory = runtime / "task", .io = {.out = after.sink()}, .on_event = second.sink()});
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message());
  CHECK(after.wait_for("\n"));
  const int last = std::stoi(before.text().substr(before.text().rfind('\n', before.text().size() - 2) + 1));
  CHECK(std::stoi(after.text()) > last);
  REQUIRE(restored->kill(SIGKILL).has_value());
  CHECK(restored->wait({.timeout = 1min}).value() == ExitStatus::signaled(SIGKILL));
  CHECK(second.names() == Names{"created", "started", "exited"});
  CHECK(restored->remove().has_value());
}
