// SPDX-License-Identifier: Apache-2.0
// Events without the runtime.

#include "view/native_events.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include <crunc/cgroups/events.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/cgroups/stats_compat.hpp>

#include "view/running.hpp"
#include "view/show.hpp"

namespace crunc::cli {
namespace {

using Clock = Deadline::Clock;

template <class T>
T taken(Result<T> result, const std::string& id) {
  if (!result) throw std::runtime_error("events " + id + ": " + result.error().message());
  return std::move(*result);
}

class NativeEvents {
 public:
  NativeEvents(Running container, const NativeEventsOptions& options)
      : container_(std::move(container)),
        interval_(options.interval),
        directories_(cgroups::directories_of(container_.cgroup)),
        reader_(taken(cgroups::StatReader::open(directories_, cgroups::StatMask::runc), container_.id)) {
    // A kernel that cannot tell of kills still has the numbers.
    if (auto events = cgroups::MemoryEvents::open(directories_)) memory_.emplace(std::move(*events));
  }

  /// Prints one sample; false when nobody reads it.
  [[nodiscard]] bool print_sample() {
    if (auto read = reader_.read(sample_); !read && read.error().code == Errc::cgroup_gone) return false;
    return put_line(cgroups::to_runc_line(sample_, container_.id));
  }

  void run(const Deadline& deadline) {
    Clock::time_point next = Clock::now() + interval_;
    while (wait_until(deadline.or_before(next))) {
      if (!print_kills() || container_.has_ended()) return;
      if (deadline.is_over()) throw TimeIsOver{};
      if (Clock::now() < next) continue;
      if (!print_sample()) return;
      next = std::max(next + interval_, Clock::now());
    }
  }

 private:
  /// Until something happens, or the time has come; false if nobody will read stdout.
  [[nodiscard]] bool wait_until(Clock::time_point then) const {
    std::array<pollfd, 3> polled{pollfd{STDOUT_FILENO, 0, 0}, pollfd{container_.pidfd.fd(), POLLIN, 0},
                                 pollfd{-1, 0, 0}};
    if (memory_) polled[2] = {memory_->fd(), memory_->poll_events(), 0};
    static_cast<void>(::poll(polled.data(), polled.size(), poll_time(then)));
    return polled[0].revents == 0;
  }

  /// False when there will be no more.
  [[nodiscard]] bool print_kills() {
    if (!memory_) return true;
    const Result<cgroups::MemoryEvent> event = memory_->read();
    if (!event) return false;
    for (std::uint64_t kill = 0; kill < event->oom_kills; ++kill) {
      if (!put_line(R"({"type":"oom","id":")" + container_.id + "\"}")) return false;
    }
    return !event->removed;
  }

  Running container_;
  std::chrono::milliseconds interval_;
  cgroups::Directories directories_;
  cgroups::StatReader reader_;
  std::optional<cgroups::MemoryEvents> memory_{};
  cgroups::Sample sample_{};
};

}  // namespace

int native_events(const Surroundings& around, const std::string& id, const NativeEventsOptions& options) {
  const Deadline deadline(around.timeout);
  try {
    Running container = Finder(around.runc).find("events", id, deadline);
    if (!container.cgroup)
      throw std::runtime_error("events " + id + ": the container has no cgroup of its own, where its numbers would be");
    NativeEvents events(std::move(container), options);
    if (options.once) {
      static_cast<void>(events.print_sample());
    } else {
      events.run(deadline);
    }
    return 0;
  } catch (const TimeIsOver&) {
    return report_timeout("events", deadline);
  }
}

}  // namespace crunc::cli
