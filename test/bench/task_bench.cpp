// SPDX-License-Identifier: Apache-2.0
// What a supervisor costs: its memory, descriptors and CPU time with so many idle tasks (their stdout pumped to a
// file), and when it samples each of them once a second. The baseline is the same process with none. Needs root and
// runc.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "bundle/bundle.hpp"
#include "usage.hpp"

namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using crunc::bench::cpu_seconds;
using crunc::bench::raise_descriptor_limit;
using crunc::bench::resident_mib;
using namespace std::chrono_literals;

void need(const auto& result, const char* what) {
  if (result) return;
  std::fprintf(stderr, "failed: %s: %s\n", what, result.error().message().c_str());
  std::exit(1);
}

std::size_t descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{}));
}

/// The part of a core that is used while `each_second` is done once a second.
double load(int seconds, auto&& each_second) {
  const double before = cpu_seconds();
  const auto begin = Clock::now();
  for (int i = 1; i <= seconds; ++i) {
    each_second();
    std::this_thread::sleep_until(begin + std::chrono::seconds(i));
  }
  return 100 * (cpu_seconds() - before) / std::chrono::duration<double>(Clock::now() - begin).count();
}

class Supervisor {
 public:
  Supervisor() {
    crunc::fixtures::make_bundle(dir_ / "bundle", {.memory_limit_bytes = 64 << 20, .pids_limit = 64});
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Supervisor() {
    for (const crunc::Task& each : tasks_) static_cast<void>(each.remove({.force = true}));
    tasks_.clear();
    work_.reset();
    thread_.join();
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void grow(std::size_t count) {
    const crunc::Sink log = crunc::Sink::file(dir_ / "log", {.max_bytes = 1 << 20});
    while (tasks_.size() < count) {
      const std::string id = "bench-" + std::to_string(tasks_.size());
      auto task = crunc::Task::create(runc_, id, dir_ / "bundle", {.directory = dir_ / id, .io = {.out = log}});
      need(task, "create a task");
      need(task->start(), "start it");
      tasks_.push_back(std::move(*task));
    }
  }

  /// As many of `count` as the limit of descriptors lets live, with some to spare for calls.
  [[nodiscard]] std::size_t fitting(std::size_t count) const {
    if (tasks_.empty()) return count;
    constexpr std::size_t spare = 64;
    const std::size_t each = descriptors() / tasks_.size() + 1;
    return std::min(count, (crunc::bench::descriptor_limit() - spare) / each);
  }

  void measure() {
    const double idle = load(10, [] {});
    const double sampled = load(10, [this] {
      for (const crunc::Task& each : tasks_) need(each.stats(crunc::cgroups::StatMask::cri), "sample a task");
    });
    std::printf("%8zu %14.1f %12zu %12.2f %14.2f\n", tasks_.size(), resident_mib(), descriptors(), idle, sampled);
    std::fflush(stdout);
  }

 private:
  fs::path dir_ = fs::temp_directory_path() / ("crunc-bench-" + std::to_string(::getpid()));
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_{};
  crunc::Runc runc_{{.command = "runc",
                     .root = dir_ / "root",
                     .monitor = crunc::SubreaperMonitor::start().value(),
                     .executor = context_.get_executor()}};
  std::vector<crunc::Task> tasks_{};
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t most = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  if (::geteuid() != 0) {
    std::puts("skipped: needs root");
    return 0;
  }
  raise_descriptor_limit();
  Supervisor supervisor;
  std::printf("%8s %14s %12s %12s %14s\n", "tasks", "MiB resident", "descriptors", "% idle", "% sampled 1/s");
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
    if (count > most) break;
    supervisor.grow(count > 100 ? supervisor.fitting(count) : count);
    supervisor.measure();
  }
  return 0;
}
