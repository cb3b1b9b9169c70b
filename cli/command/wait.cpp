// SPDX-License-Identifier: Apache-2.0
// crunc wait
#include <sys/utsname.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <thread>

#include <crunc/monitor.hpp>

#include "command/command.hpp"
#include "deadline.hpp"
#include "exit_line.hpp"
#include "passthrough.hpp"

namespace crunc::cli {
namespace {

/// Whether the kernel keeps the status of a process that somebody else has reaped.
bool kernel_keeps_statuses() {
  utsname names{};
  if (::uname(&names) != 0) return false;
  const std::string_view release = names.release;
  unsigned major = 0;
  unsigned minor = 0;
  const auto [dot, error] = std::from_chars(release.data(), release.data() + release.size(), major);
  if (error != std::errc{} || *dot != '.') return false;
  std::from_chars(dot + 1, release.data() + release.size(), minor);
  return major > 6 || (major == 6 && minor >= 15);
}

/// Who tells how a process ended. Made before any is looked at: what ends meanwhile is not missed.
class Exits {
 public:
  Exits() {
    if (kernel_keeps_statuses()) return;
    auto events = ProcEventsMonitor::start();
    if (events) {
      monitor_ = std::move(*events);
    } else {
      why_not_events_ = events.error().message();
    }
  }
  [[nodiscard]] ProcessMonitor& monitor() const { return *monitor_; }
  [[nodiscard]] Error lost(const std::string& id) const {
    std::string reason = "exit code unknown: it ended, its parent has its exit code, and this kernel keeps none";
    if (!why_not_events_.empty())
      reason += " and tells us of none (" + why_not_events_ + "; as root on the host it may)";
    return about(id, Error(Errc::status_lost, reason));
  }
  /// The error with what it is about.
  static Error about(const std::string& id, Error error) {
    error.operation = "wait";
    error.container = id;
    return error;
  }

 private:
  std::shared_ptr<ProcessMonitor> monitor_ = std::make_shared<PidfdMonitor>();
  std::string why_not_events_{};
};

Error ended_before(const std::string& id) {
  return Exits::about(id, Error(Errc::not_running,
                                "exit code unknown: it ended before, and the runtime keeps no exit codes; wait for a "
                                "container while it runs"));
}

/// Waits for the end of one container.
Result<ExitStatus> wait_for(const Runc& runc, const std::string& id, const Exits& exits, const Deadline& deadline) {
  // Between two looks at the same pid the pid was nobody else's.
  Result<Container> before = runc.state(id, {.timeout = deadline.left()});
  if (!before) return Exits::about(id, before.error());
  if (before->status == Status::stopped || before->pid <= 0) return ended_before(id);
  const auto process = exits.monitor().watch(before->pid);
  if (!process) {
    return process.error().code == Errc::not_running ? ended_before(id) : Exits::about(id, process.error());
  }
  if (!(*process)->has_ended()) {
    const Result<Container> after = runc.state(id, {.timeout = deadline.left()});
    if (after && after->pid != before->pid && after->status != Status::stopped) return ended_before(id);
  }
  Result<ExitStatus> status = (*process)->wait({.timeout = deadline.left()});
  if (!status) return Exits::about(id, status.error());
  if (status->kind() == ExitStatus::Kind::lost) return exits.lost(id);
  return status;
}

class Wait final : public OwnCommand {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "wait [options] ID...",
        "Waits until each container has ended and prints its exit code, in the order in which they end: the number\n"
        "alone for one ID, \"ID NUMBER\" for several. One that a signal ended has 128 and the signal's number.\n"
        "The runtimes keep no exit codes: a container that has ended before has none any more.",
        "  crunc wait job\n  crunc --timeout 1h wait job1 job2\n  crunc wait --format jsonl job1 job2\n",
        "0 when all exit codes were had, 1 when not, 2 for a mistake in the command line, 124 when --timeout passed."};
  }
  void declare(FlagTable& flags) override {
    flags.add_choice("--format,-f", format_, "text|jsonl", "jsonl: an object for each container, a line each");
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (here.operands.empty()) throw UsageError{"wait: the id of a container is missing"};
    const Exits exits;
    const Deadline deadline(here.timeout);
    std::vector<std::jthread> waiting;
    for (const std::string& id : here.operands) {
      waiting.emplace_back([&, this] {
        const Result<ExitStatus> status = wait_for(here.runc, id, exits, deadline);
        tell(id, status, here.operands.size() > 1);
      });
    }
    waiting.clear();  // joins
    return timed_out_ ? exit_timed_out : failed_ ? 1 : 0;
  }

 private:
  void tell(const std::string& id, const Result<ExitStatus>& status, bool several) {
    const std::lock_guard one_at_a_time(mutex_);
    if (!status) {
      (status.error().code == Errc::timed_out ? timed_out_ : failed_) = true;
      std::fprintf(stderr, "crunc: %s\n", status.error().message().c_str());
    }
    std::string line;
    if (format_ == "jsonl") {
      line = exit_json(id, status ? *status : ExitStatus::lost());
    } else if (status) {
      line = (several ? id + " " : "") + std::to_string(exit_number(*status));
    }
    if (line.empty()) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  std::string format_ = "text";
  std::mutex mutex_{};
  bool timed_out_ = false;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Command> make_wait() { return std::make_unique<Wait>(); }

}  // namespace crunc::cli
