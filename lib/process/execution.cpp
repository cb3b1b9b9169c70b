// SPDX-License-Identifier: Apache-2.0
// Running one program. It is over when the program has ended, never when a pipe has: whoever inherited the pipe may
// keep it for days (client.md B2).

#include "process/execution.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include "process/child_state.hpp"
#include "process/child_streams.hpp"
#include "process/launcher.hpp"
#include "sys/calls.hpp"
#include "sys/pidfd.hpp"

namespace crunc {

pid_t RuntimeProcess::pid() const noexcept { return state_->pid; }

Result<void> RuntimeProcess::signal(int signo) const {
  const std::error_code error = sys::send_signal(state_->pidfd.get(), signo);
  if (!error) return {};
  if (error == std::errc::no_such_process) return Error(Errc::not_running, "the runtime has ended");
  return Error(Errc::system_error, "send signal " + std::to_string(signo), error);
}

namespace process {

namespace {

/// Initializer: exactly these descriptors.
struct Descriptors {
  const std::vector<sys::FdMapping>& mappings;
  bool inherit_others;
  boost::system::error_code on_setup(Launcher& launcher, const v2::filesystem::path&, const char* const*&) const {
    launcher.fd_whitelist.clear();
    launcher.request.fds = mappings;
    launcher.request.inherit_fds = inherit_others;
    return {};
  }
};

/// Initializer: working directory and process group.
struct Surroundings {
  const Command& command;
  boost::system::error_code on_setup(Launcher& launcher, const v2::filesystem::path&, const char* const*&) const {
    if (!command.directory.empty()) launcher.request.directory = command.directory.c_str();
    launcher.request.new_process_group = command.new_process_group;
    return {};
  }
};

/// Initializer: the signals of a program that stands in for its caller.
struct Signals {
  const std::optional<SignalRelay>& relay;
  boost::system::error_code on_setup(Launcher& launcher, const v2::filesystem::path&, const char* const*&) const {
    launcher.request.keep_ignored_signals = relay.has_value();
    launcher.request.signal_mask = relay ? &relay->mask_before() : nullptr;
    return {};
  }
};

}  // namespace

Execution::~Execution() {
  if (phase_ != Phase::running) return;
  static_cast<void>(sys::send_signal(child_->pidfd.get(), SIGKILL));
  sys::reap(child_->pidfd.get());
}

bool Execution::step() {
  if (phase_ == Phase::over) return true;  // cancelled before it began
  if (phase_ == Phase::not_started) {
    start();
    return phase_ == Phase::over;  // nothing can have happened yet: wait first
  }
  if (relay_) relay_->hand_on(child_->pidfd.get());
  out_.pump();
  err_.pump();
  look_for_ready();
  look_for_exit();
  if (phase_ == Phase::running) look_at_the_clock();
  return phase_ == Phase::over;
}

Interest Execution::interest() const {
  Interest result;
  if (phase_ != Phase::running) return result;
  result.add(child_->pidfd.get());
  if (out_.waiting_for() >= 0) result.add(out_.waiting_for());
  if (err_.waiting_for() >= 0) result.add(err_.waiting_for());
  if (relay_) result.add(relay_->fd());
  if (ready_ && !is_ready_) result.add(ready_.get());
  result.until = deadline_;
  return result;
}

void Execution::cancel(Urgency urgency) {
  if (phase_ == Phase::not_started) {
    outcome_.ended = Ended::cancelled;
    fail({sys::SpawnStage::none, std::make_error_code(std::errc::operation_canceled)});
  } else if (phase_ == Phase::running) {
    end(Ended::cancelled, urgency);
  }
}

void Execution::start() {
  if (command_.timeout) deadline_ = Clock::now() + *command_.timeout;
  if (command_.stand_in) {
    sys::SysResult<SignalRelay> relay = SignalRelay::start();
    if (!relay) return fail({sys::SpawnStage::prepare, relay.error()});
    relay_.emplace(std::move(*relay));
  }
  ChildStreams streams;
  if (std::optional<SpawnFailure> failure = streams.open(command_)) return fail(std::move(*failure));
  const bool is_launched = launch(streams);
  streams.close_handed_over(command_);
  if (!is_launched) return;
  phase_ = Phase::running;
  const auto drain = [&](std::size_t index) {
    const StreamPlan& plan = command_.streams[index];
    Drain result(std::move(streams.readers[index]), plan.keep, plan.stream.limit_bytes());
    result.on_bytes(plan.on_bytes);
    return result;
  };
  ready_ = std::move(streams.ready);
  out_ = drain(STDOUT_FILENO);
  err_ = drain(STDERR_FILENO);
  if (command_.on_spawned) command_.on_spawned(RuntimeProcess(child_));
}

bool Execution::launch(ChildStreams& streams) {
  std::vector<const char*> argv;
  argv.reserve(command_.argv.size() + 1);
  for (const std::string& argument : command_.argv) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  const std::vector<const char*> environment = make_environment(command_.environment, ::environ);

  Launcher launcher;
  launcher.env = environment.data();
  sys::SpawnResult spawned =
      launcher.launch(command_.executable, argv.data(), Descriptors{streams.mappings(), command_.stand_in},
                      Surroundings{command_}, Signals{relay_});
  if (spawned.failed_at != sys::SpawnStage::none) {
    fail({spawned.failed_at, spawned.error});
    return false;
  }
  child_ = std::make_shared<RuntimeProcess::State>(spawned.pid, std::move(spawned.pidfd));
  return true;
}

void Execution::fail(SpawnFailure failure) {
  phase_ = Phase::over;
  relay_.reset();
  outcome_.failure = std::move(failure);
}

void Execution::look_for_ready() {
  if (!ready_ || is_ready_) return;
  char byte = 0;
  const ssize_t got = sys::calls().read(ready_.get(), &byte, 1);
  if (got < 0) return;
  // The descriptor stays open, as Operation demands; its end without a byte means that it will never be ready.
  is_ready_ = true;
  if (got > 0) command_.on_ready();
}

void Execution::look_for_exit() {
  const sys::ReapResult reaped = sys::try_reap(child_->pidfd.get());
  switch (reaped.how) {
    case sys::Reaped::not_yet: return;
    case sys::Reaped::done: return settle(*reaped.status);
    case sys::Reaped::by_somebody_else:
      return settle(sys::recover_status(child_->pidfd.get()).value_or(ExitStatus::lost()));
  }
}

void Execution::look_at_the_clock() {
  if (!deadline_ || Clock::now() < *deadline_) return;
  if (pressure_ == Pressure::asked) {
    end(outcome_.ended, Urgency::at_once);
  } else {
    outcome_.state_at_deadline = describe_state(child_->pid, child_->pidfd.get());
    end(Ended::timed_out, Urgency::polite);
  }
}

void Execution::end(Ended why, Urgency urgency) {
  if (outcome_.ended == Ended::by_itself) outcome_.ended = why;
  if (urgency == Urgency::at_once) {
    static_cast<void>(sys::send_signal(child_->pidfd.get(), SIGKILL));
    pressure_ = Pressure::killed;
    deadline_.reset();
  } else if (pressure_ == Pressure::none) {
    static_cast<void>(sys::send_signal(child_->pidfd.get(), SIGTERM));
    pressure_ = Pressure::asked;
    deadline_ = Clock::now() + command_.kill_grace;
  }
}

void Execution::settle(ExitStatus status) {
  phase_ = Phase::over;
  look_for_ready();
  status.set_time(ExitStatus::Clock::now());
  outcome_.status = status;
  out_.finish();
  err_.finish();
  outcome_.output = {.out = out_.take(), .err = err_.take()};
  outcome_.output.truncated = out_.truncated() || err_.truncated();
  relay_.reset();
}

}  // namespace process
}  // namespace crunc
