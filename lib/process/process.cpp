// SPDX-License-Identifier: Apache-2.0
// Process: the one place where it is decided how a process ended.

#include <algorithm>
#include <mutex>
#include <string>

#include <crunc/monitor.hpp>

#include "process/wait_operation.hpp"
#include "sys/process_ref.hpp"

namespace crunc {

using process::Clock;
using std::chrono::milliseconds;

struct Process::State {
  State(sys::ProcessRef process, milliseconds how_long) : ref(std::move(process)), patience(how_long) {}

  sys::ProcessRef ref;
  const milliseconds patience;
  const Clock::time_point since = Clock::now();
  std::mutex mutex{};
  std::optional<ExitStatus> status{};
  std::optional<Clock::time_point> give_up{};  ///< set once it has ended without a status to be had

  void settle(ExitStatus how) {
    how.set_time(ExitStatus::Clock::now());
    status = how;
  }

  void settle_without_reaping() {
    const bool first_look = !give_up;
    if (first_look) give_up = Clock::now() + patience;
    // What the monitor will be told of a child has the usage, too. A stranger's zombie may be gone the next moment.
    if (first_look && patience > milliseconds::zero() && ref.kin() == sys::Kin::child) return;
    if (const std::optional<ExitStatus> known = ref.status_after_end()) return settle(*known);
    if (Clock::now() >= *give_up) settle(ExitStatus::lost());
  }
};

Process::Process(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Process::~Process() = default;

std::shared_ptr<Process> Process::make(sys::ProcessRef process, milliseconds patience) {
  // Not make_shared: a monitor's weak reference must not keep the pidfd open.
  return std::shared_ptr<Process>(new Process(std::make_unique<State>(std::move(process), patience)));
}

pid_t Process::pid() const noexcept { return state_->ref.pid(); }
int Process::pidfd() const noexcept { return state_->ref.pidfd(); }
const sys::ProcessRef& Process::ref() const noexcept { return state_->ref; }

bool Process::has_ended() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->status.has_value() || state_->ref.has_ended();
}

Result<void> Process::signal(Signal signal) const {
  const std::lock_guard lock(state_->mutex);  // without a pidfd, nobody may reap it between the look and the signal
  if (state_->status) return Error(Errc::not_running, "process " + std::to_string(pid()) + " has ended");
  const std::error_code error = state_->ref.signal(signal.number());
  if (!error) return {};
  if (error == std::errc::no_such_process) {
    return Error(Errc::not_running, "process " + std::to_string(pid()) + " has ended");
  }
  return Error(Errc::system_error, "send " + signal.name() + " to process " + std::to_string(pid()), error);
}

bool Process::awaits_status() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return !state_->status && state_->ref.has_ended();
}

bool Process::deliver(const ExitStatus& status) const {
  const std::lock_guard lock(state_->mutex);
  if (state_->status || !state_->ref.has_ended()) return false;
  state_->settle(status);
  return true;
}

std::optional<ExitStatus> Process::poll() const {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  if (state.status) return state.status;
  if (!state.ref.has_ended()) return std::nullopt;
  if (state.ref.kin() == sys::Kin::child) {
    const sys::ReapResult reaped = state.ref.try_reap();
    if (reaped.how == sys::Reaped::not_yet) return std::nullopt;
    if (reaped.status) state.settle(*reaped.status);
  }
  if (!state.status) state.settle_without_reaping();
  return state.status;
}

std::optional<milliseconds> Process::pause() const {
  constexpr milliseconds shortest{1};
  constexpr milliseconds longest{20};
  const std::lock_guard lock(state_->mutex);
  if (state_->give_up) return shortest;  // the pidfd stays readable: only the time is left to wait for
  if (pidfd() >= 0) return std::nullopt;
  constexpr int share = 16;  // of its age: short processes are noticed soon, long ones cost little
  const auto age = std::chrono::duration_cast<milliseconds>(Clock::now() - state_->since);
  return std::clamp(age / share, shortest, longest);
}

detail::Prepared<ExitStatus> Process::prepare(const WaitOptions& options) const {
  return {std::make_shared<process::WaitOperation>(shared_from_this(), options.timeout), options.stop,
          [](process::Operation& operation) { return static_cast<process::WaitOperation&>(operation).result(); }};
}

Result<ExitStatus> Process::wait(const WaitOptions& options) const { return process::block(prepare(options)); }

}  // namespace crunc
