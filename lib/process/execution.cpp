// SPDX-License-Identifier: Apache-2.0
// Running one program. It is over when the program has ended, never when a pipe has: whoever inherited the pipe may
// keep it for days (client.md B2).

#include "process/execution.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

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

/// The descriptors that a child gets, and the parent's halves of its captured streams.
class Execution::Streams {
 public:
  [[nodiscard]] std::error_code open(const Command& command);
  [[nodiscard]] const std::vector<sys::FdMapping>& mappings() const noexcept { return mappings_; }
  std::array<sys::Fd, 3> readers{};

 private:
  [[nodiscard]] sys::SysResult<int> open_one(const Command& command, std::size_t index);
  [[nodiscard]] sys::SysResult<int> null_device();

  std::vector<sys::FdMapping> mappings_{};
  std::vector<sys::Fd> child_ends_{};
  int null_ = -1;
};

std::error_code Execution::Streams::open(const Command& command) {
  for (std::size_t i = 0; i < command.streams.size(); ++i) {
    // What stands in for its caller leaves the streams to exec: a closed one stays closed.
    if (command.stand_in && command.streams[i].stream.kind() == Stream::Kind::inherit) continue;
    const sys::SysResult<int> from = open_one(command, i);
    if (!from) return from.error();
    mappings_.push_back({*from, static_cast<int>(i)});
  }
  mappings_.insert(mappings_.end(), command.fds.begin(), command.fds.end());
  std::ranges::sort(mappings_, {}, &sys::FdMapping::to);
  return {};
}

sys::SysResult<int> Execution::Streams::open_one(const Command& command, std::size_t index) {
  const Stream& stream = command.streams[index].stream;
  const auto number = static_cast<int>(index);
  switch (stream.kind()) {
    case Stream::Kind::descriptor: return stream.fd();
    case Stream::Kind::inherit:
      // A stream that this process itself has closed is /dev/null for the child, not some other descriptor.
      if (sys::calls().fcntl(number, F_GETFD, 0) >= 0) return number;
      return null_device();
    case Stream::Kind::capture: {
      if (index == STDIN_FILENO) return null_device();
      sys::SysResult<sys::Pipe> pipe = sys::make_capture_pipe();
      if (!pipe) return pipe.error();
      readers[index] = std::move(pipe->reader);
      child_ends_.push_back(std::move(pipe->writer));
      return child_ends_.back().get();
    }
    case Stream::Kind::null: break;
  }
  return null_device();
}

sys::SysResult<int> Execution::Streams::null_device() {
  if (null_ < 0) {
    sys::SysResult<sys::Fd> opened = sys::open_file("/dev/null", O_RDWR);
    if (!opened) return opened.error();
    null_ = opened->get();
    child_ends_.push_back(std::move(*opened));
  }
  return null_;
}

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
  if (phase_ == Phase::not_started) {
    start();
    return phase_ == Phase::over;  // nothing can have happened yet: wait first
  }
  if (relay_) relay_->hand_on(child_->pidfd.get());
  out_.pump();
  err_.pump();
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
  result.until = deadline_;
  return result;
}

void Execution::cancel(Urgency urgency) {
  if (phase_ == Phase::not_started) {
    outcome_.ended = Ended::cancelled;
    fail(sys::SpawnStage::none, std::make_error_code(std::errc::operation_canceled));
  } else if (phase_ == Phase::running) {
    end(Ended::cancelled, urgency);
  }
}

void Execution::start() {
  if (command_.timeout) deadline_ = Clock::now() + *command_.timeout;
  if (command_.stand_in) {
    sys::SysResult<SignalRelay> relay = SignalRelay::start();
    if (!relay) return fail(sys::SpawnStage::prepare, relay.error());
    relay_.emplace(std::move(*relay));
  }
  Streams streams;
  if (const std::error_code error = streams.open(command_)) return fail(sys::SpawnStage::prepare, error);
  if (!launch(streams)) return;
  phase_ = Phase::running;
  const auto drain = [&](std::size_t index) {
    const StreamPlan& plan = command_.streams[index];
    return Drain(std::move(streams.readers[index]), plan.keep, plan.stream.limit_bytes());
  };
  out_ = drain(STDOUT_FILENO);
  err_ = drain(STDERR_FILENO);
  if (command_.on_spawned) command_.on_spawned(RuntimeProcess(child_));
}

bool Execution::launch(Streams& streams) {
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
    fail(spawned.failed_at, spawned.error);
    return false;
  }
  child_ = std::make_shared<RuntimeProcess::State>(spawned.pid, std::move(spawned.pidfd));
  return true;
}

void Execution::fail(sys::SpawnStage stage, std::error_code error) {
  phase_ = Phase::over;
  relay_.reset();
  outcome_.failure = SpawnFailure{stage, error};
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
