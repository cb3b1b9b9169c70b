// SPDX-License-Identifier: Apache-2.0
// The blocking driver: poll(2) around an Operation. No descriptor is made unless the caller can stop the call.

#include "process/operation.hpp"

#include <cerrno>
#include <functional>
#include <thread>

#include <sys/eventfd.h>

#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

timespec time_left(Clock::time_point until) noexcept {
  const auto left = std::max(nanoseconds::zero(), std::chrono::duration_cast<nanoseconds>(until - Clock::now()));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
}

/// Turns a stop request, made on any thread, into a readable descriptor.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop) : stop_(stop) {
    if (stop.stop_possible()) event_ = sys::Fd(sys::calls().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (event_) callback_.emplace(stop, Raise{event_.get()});
  }

  [[nodiscard]] bool requested() const noexcept { return stop_.stop_requested(); }
  [[nodiscard]] int fd() const noexcept { return event_.get(); }
  /// Without a descriptor (none could be had) the request is looked for now and then.
  [[nodiscard]] bool needs_polling() const noexcept { return stop_.stop_possible() && !event_; }

 private:
  struct Raise {
    int fd;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      static_cast<void>(sys::write_whole(fd, {reinterpret_cast<const char*>(&one), sizeof one}));
    }
  };
  std::stop_token stop_;
  sys::Fd event_;
  std::optional<std::stop_callback<Raise>> callback_;
};

short poll_events(Readiness readiness) noexcept {
  if (readiness == Readiness::priority) return POLLPRI;
  return readiness == Readiness::writable ? POLLOUT : POLLIN;
}

void wait_for(Interest interest, const StopSignal& stop, bool watch_stop) {
  std::array<pollfd, Interest::most + 1> entries{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < interest.count; ++i) {
    const auto [fd, readiness] = interest.entries[i];
    entries[count++] = {fd, poll_events(readiness), 0};
  }
  if (watch_stop && stop.fd() >= 0) entries[count++] = {stop.fd(), POLLIN, 0};
  if (watch_stop && stop.needs_polling()) interest.add(Clock::now() + milliseconds(20));
  timespec left{};
  if (interest.until) left = time_left(*interest.until);
  if (sys::calls().poll(entries.data(), count, interest.until ? &left : nullptr) < 0 && errno != EINTR) {
    std::this_thread::sleep_for(milliseconds(5));  // ENOMEM: the operation looks for itself, a little later
  }
}

}  // namespace

void drive(Operation& operation, const std::stop_token& stop) {
  const StopSignal stop_signal(stop);
  bool cancelled = stop_signal.requested();
  if (cancelled) operation.cancel(Urgency::polite);
  while (!operation.step()) {
    if (!cancelled && stop_signal.requested()) {
      cancelled = true;
      operation.cancel(Urgency::polite);
      continue;
    }
    wait_for(operation.interest(), stop_signal, !cancelled);
  }
}

}  // namespace crunc::process
