// SPDX-License-Identifier: Apache-2.0
// Running one program. It is over when the program has ended, never when a pipe has: whoever inherited the pipe may
// keep it for days.

#include "process/execution.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include "process/child_state.hpp"
#include "process/child_streams.hpp"
#include "process/launcher.hpp"
#include "process/spawner.hpp"
#include "process/wait_operation.hpp"
#include "sys/calls.hpp"
#include "sys/proc_stat.hpp"
#include "sys/process_ref.hpp"

namespace crunc {

pid_t RuntimeProcess::pid() const noexcept { return process_->pid(); }
Result<void> RuntimeProcess::signal(int signo) const { return process_->signal(signo); }

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
    launcher.request.parent_death_signal = command.parent_death_signal;
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

/// Whether it ends, even though it cannot be reaped yet: its descriptors are closed first.
bool is_exiting(const Process& child) {
  const sys::SysResult<sys::ProcStat> stat = sys::read_proc_stat(child.pid());
  return child.has_ended() || (stat && stat->is_exiting);
}

}  // namespace

Execution::~Execution() {
  if (phase_ != Phase::running) return;
  static_cast<void>(child_->signal(SIGKILL));
  child_->ref().reap();
}

bool Execution::step() {
  if (phase_ == Phase::over) return true;  // cancelled before it began
  if (phase_ == Phase::not_started) {
    start();
    return phase_ == Phase::over;  // nothing can have happened yet: wait first
  }
  if (relay_) relay_->hand_on(*child_);
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
  if (deadline_) result.add(*deadline_);
  add_end_of(*child_, child_->pidfd(), result);
  if (out_.waiting_for() >= 0) result.add(out_.waiting_for());
  if (err_.waiting_for() >= 0) result.add(err_.waiting_for());
  if (relay_) result.add(relay_->fd());
  if (ready_ && !is_ready_) result.add(ready_.get());
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
  static const auto by_pidfd = std::make_shared<PidfdMonitor>();
  ProcessMonitor& monitor = command_.monitor ? *command_.monitor : *by_pidfd;
  monitor.start([&] {
    sys::SpawnResult spawned = spawn_where_it_lasts(streams);
    if (spawned.failed_at != sys::SpawnStage::none) {
      fail({spawned.failed_at, spawned.error});
    } else {
      child_ = Process::make(sys::ProcessRef::of_child(spawned.pid, std::move(spawned.pidfd)), monitor.patience());
    }
    return child_;
  });
  return child_ != nullptr;
}

/// A child that is to die with this process must not be made by a thread that ends sooner. A command in the child's
/// place has but one thread, and no time for another.
sys::SpawnResult Execution::spawn_where_it_lasts(ChildStreams& streams) {
  if (command_.parent_death_signal == 0 || command_.stand_in) return spawn(streams);
  sys::SpawnResult result;
  try {
    run_on_lasting_thread([&] { result = spawn(streams); });
  } catch (const std::system_error& no_thread) {
    result.failed_at = sys::SpawnStage::prepare;
    result.error = no_thread.code();
  }
  return result;
}

sys::SpawnResult Execution::spawn(ChildStreams& streams) {
  std::vector<const char*> argv;
  argv.reserve(command_.argv.size() + 1);
  for (const std::string& argument : command_.argv) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  Environment environment = make_environment(command_.environment, ::environ, ::getpid());

  Launcher launcher;
  launcher.env = environment.entries.data();
  launcher.request.own_pid = environment.own_pid();
  return launcher.launch(command_.executable, argv.data(), Descriptors{streams.mappings(), command_.stand_in},
                         Surroundings{command_}, Signals{relay_});
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
  if (got > 0 || (command_.closing_is_ready && !is_exiting(*child_))) command_.on_ready();
}

void Execution::look_for_exit() {
  if (const std::optional<ExitStatus> status = child_->poll()) settle(*status);
}

void Execution::look_at_the_clock() {
  if (!deadline_ || Clock::now() < *deadline_) return;
  if (pressure_ == Pressure::asked) {
    end(outcome_.ended, Urgency::at_once);
  } else {
    outcome_.state_at_deadline = describe_state(*child_);
    end(Ended::timed_out, Urgency::polite);
  }
}

void Execution::end(Ended why, Urgency urgency) {
  if (outcome_.ended == Ended::by_itself) outcome_.ended = why;
  if (urgency == Urgency::at_once) {
    static_cast<void>(child_->signal(SIGKILL));
    pressure_ = Pressure::killed;
    deadline_.reset();
  } else if (pressure_ == Pressure::none) {
    static_cast<void>(child_->signal(SIGTERM));
    pressure_ = Pressure::asked;
    deadline_ = Clock::now() + command_.kill_grace;
  }
}

void Execution::settle(ExitStatus status) {
  phase_ = Phase::over;
  look_for_ready();
  outcome_.status = status;
  out_.finish();
  err_.finish();
  outcome_.output = {.out = out_.take(), .err = err_.take()};
  outcome_.output.truncated = out_.truncated() || err_.truncated();
  outcome_.out_is_cut = out_.truncated();
  outcome_.out_error = out_.error();
  relay_.reset();
}

}  // namespace process
}  // namespace crunc
