// SPDX-License-Identifier: Apache-2.0
// What a supervisor costs: its memory, descriptors and CPU time with so many idle tasks (their stdout pumped to a
// file), and when it samples each of them once a second. The baseline is the same process with none. Needs root and
// runc.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "containers.hpp"
#include "report.hpp"
#include "usage.hpp"

namespace {

namespace asio = boost::asio;
using namespace crunc::bench;

class Supervisor {
 public:
  Supervisor() {
    thread_ = std::thread([this] { context_.run(); });
  }
  /// The containers go with their place: there nobody waits for their ends one by one.
  ~Supervisor() {
    tasks_.clear();
    work_.reset();
    thread_.join();
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void grow(std::size_t count) {
    const crunc::Sink log = crunc::Sink::file(containers_.directory() / "log", {.max_bytes = 1 << 20});
    while (tasks_.size() < count) {
      take_interruption();
      const std::string id = Containers::unique_id() + "-" + std::to_string(tasks_.size());
      auto task = crunc::Task::create(runc_, id, containers_.bundle(),
                                      {.directory = containers_.directory() / id, .io = {.out = log}});
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
    return std::min(count, (descriptor_limit() - spare) / each);
  }

  void measure(Report& report) const {
    const std::string which = std::to_string(tasks_.size()) + (tasks_.size() == 1 ? " task" : " tasks");
    const int seconds = report.quick() ? 2 : 10;
    report.value(cost("CPU time of a supervisor, of one core").of(which), "%", load(seconds, [] {}));
    report.value(cost("the same, each sampled once a second").of(which), "%", load(seconds, [this] {
                   for (const crunc::Task& each : tasks_) need(each.stats(crunc::cgroups::StatMask::cri), "sample");
                 }));
    report.value(cost("memory of a supervisor").of(which), "MiB", {resident_mib()});
    report.value(cost("descriptors of a supervisor").of(which), "", {static_cast<double>(descriptors())});
  }

 private:
  Containers containers_{};
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_{};
  crunc::Runc runc_{{.command = containers_.runtime(),
                     .root = containers_.root(),
                     .new_process_group = true,
                     .monitor = crunc::SubreaperMonitor::start().value(),
                     .executor = context_.get_executor()}};
  std::vector<crunc::Task> tasks_{};
};

}  // namespace

int main(int argc, char** argv) {
  return run_bench("task", argc, argv, [](Report& report) {
    if (const auto obstacle = Containers::obstacle()) {
      report.skip(cost("a supervisor of tasks"), *obstacle);
      return;
    }
    raise_descriptor_limit();
    Supervisor supervisor;
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
      if (report.quick() && count > 1) break;
      supervisor.grow(count > 100 ? supervisor.fitting(count) : count);
      supervisor.measure(report);
    }
  });
}
