// SPDX-License-Identifier: Apache-2.0
// Many tasks at once. CRUNC_STORM says how many containers and rounds, "100x10"; by default "10x1".
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <crunc/cgroups/cgroup.hpp>

#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/task_scene.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using boost::asio::use_awaitable;
using test::Collected;
using test::EventLog;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

/// On the host; 0 is this process.
std::set<std::string> cgroups_of(pid_t pid) {
  std::set<std::string> result;
  const auto cgroup = cgroups::Cgroup::load(cgroups::Hierarchy::system().value(), pid);
  if (!cgroup) return result;
  for (const auto& [hierarchy, directory] : cgroup->paths()) result.insert(directory);
  return result;
}

struct Life {
  std::set<std::string> cgroups{};
  EventLog log{};
  Collected out{};
  std::optional<ExitStatus> status{};
  std::string failure{};
};

/// Every fourth runs until it is killed.
bool is_killed(int number) { return number % 4 == 3; }

ExitStatus expected_exit(int number) {
  return is_killed(number) ? ExitStatus::signaled(SIGKILL) : ExitStatus::exited(number % 4);
}

std::string program(int number) {
  if (is_killed(number)) return "exec sleep 1000";
  return "head -c 100000 /dev/zero | tr '\\0' x; exit " + std::to_string(number % 4);
}

/// From create to remove; `failure` names the first call that failed.
boost::asio::awaitable<void> live(const Runc& runc, std::string id, std::filesystem::path bundle,
                                  std::filesystem::path directory, bool kill, Life& life) {
  TaskOptions options;
  options.directory = directory;
  options.io.out = life.out.sink();
  options.on_event = life.log.sink();
  const Result<Task> task = co_await Task::async_create(runc, id, bundle, options, use_awaitable);
  if (!task) {
    life.failure = task.error().message();
    co_return;
  }
  life.cgroups = cgroups_of(task->pid());
  const Result<void> started = co_await task->async_start({}, use_awaitable);
  if (!started) life.failure = started.error().message();
  if (kill && !task->kill(SIGKILL)) life.failure = "kill";
  const Result<ExitStatus> status = co_await task->async_wait({}, use_awaitable);
  if (status) life.status = *status;
  const Result<void> removed = co_await task->async_remove({}, use_awaitable);
  if (!removed) life.failure = removed.error().message();
}

std::size_t count_lines(const char* path) {
  std::ifstream file(path);
  std::size_t result = 0;
  for (std::string line; std::getline(file, line);) ++result;
  return result;
}

std::pair<int, int> storm_size() {
  const char* const given = std::getenv("CRUNC_STORM");
  const std::string text = given != nullptr ? given : "10x1";
  const auto x = text.find('x');
  return {std::stoi(text.substr(0, x)), std::stoi(text.substr(x + 1))};
}

}  // namespace

TEST_CASE("containers made and run and removed at once leave nothing behind and lose nothing") {
  if (skip_unless_real_runtime()) return;
  const auto [containers, rounds] = storm_size();
  MESSAGE("CRUNC_STORM=", containers, "x", rounds);
  RealRuntime runtime;
  std::vector<std::string> bundles;
  // One for each: under systemd a bundle names its unit.
  for (int i = 0; i < containers; ++i) bundles.push_back(runtime.bundle({"sh", "-c", program(i)}));
  const std::size_t mounts = count_lines("/proc/self/mountinfo");
  const std::set<std::string> own_cgroups = cgroups_of(0);
  const auto monitor = SubreaperMonitor::start().value();
  test::Loop loop;
  RuncOptions options = runtime.options();
  options.executor = loop.executor();
  options.monitor = monitor;
  const Runc runc(options);

  for (int round = 0; round < rounds; ++round) {
    std::vector<std::unique_ptr<Life>> lives;
    std::vector<std::future<void>> ends;
    for (int i = 0; i < containers; ++i) {
      const std::string& bundle = bundles[static_cast<std::size_t>(i)];
      Life& life = *lives.emplace_back(std::make_unique<Life>());
      const std::string id = "storm" + std::to_string(i);
      ends.push_back(boost::asio::co_spawn(loop.context(), live(runc, id, bundle, runtime / id, is_killed(i), life),
                                           boost::asio::use_future));
    }
    for (auto& each : ends) each.get();
    for (int i = 0; i < containers; ++i) {
      CAPTURE(i);
      const Life& life = *lives[static_cast<std::size_t>(i)];
      CHECK(life.failure == "");
      CHECK(life.status == expected_exit(i % 4));
      CHECK(life.out.text().size() == (is_killed(i) ? 0 : 100000));
      CHECK(life.log.names() == std::vector<std::string>{"created", "started", "exited", "removed"});
      CHECK_FALSE(std::filesystem::exists(runtime / ("storm" + std::to_string(i))));
      CHECK((test::cgroups_disabled() || (!life.cgroups.empty() && life.cgroups != own_cgroups)));
      for (const std::string& each : life.cgroups) {
        if (!own_cgroups.contains(each)) CHECK_FALSE(std::filesystem::exists(each));
      }
    }
    CHECK(runc.list().value().empty());
  }
  CHECK(count_lines("/proc/self/mountinfo") == mounts);
}
