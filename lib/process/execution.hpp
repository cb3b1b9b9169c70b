// SPDX-License-Identifier: Apache-2.0
// One program from spawn to reaped: started with its streams, drained, ended when its time is up.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crunc/exit_status.hpp>
#include <crunc/io.hpp>
#include <crunc/monitor.hpp>

#include "process/drain.hpp"
#include "process/environment.hpp"
#include "process/operation.hpp"
#include "process/signal_relay.hpp"
#include "sys/spawn.hpp"

namespace crunc::process {

/// One of the child's standard streams, and which end of it is kept when it is captured and goes over its limit.
struct StreamPlan {
  Stream stream = Stream::null();
  Drain::Keep keep = Drain::Keep::beginning;
  Drain::Sink on_bytes{};  ///< gets what is captured instead of the Outcome
};

/// What to run.
struct Command {
  std::string executable;  ///< a path
  std::vector<std::string> argv;
  EnvironmentChange environment{};
  std::string directory{};
  std::array<StreamPlan, 3> streams{};
  std::vector<sys::FdMapping> fds{};  ///< further descriptors, `to` above 2; borrowed until the child is started
  /// Called when the child writes a byte to its descriptor `ready_fd` (0: it has none).
  std::function<void()> on_ready{};
  int ready_fd = 0;
  bool closing_is_ready = false;  ///< that it closes that descriptor counts as a byte, unless it ends
  bool new_process_group = false;
  int parent_death_signal = 0;                ///< that the child gets when this process ends; 0: none
  std::shared_ptr<ProcessMonitor> monitor{};  ///< null: a PidfdMonitor
  bool stand_in = false;                      ///< see RawOptions
  std::optional<std::chrono::milliseconds> timeout{};
  std::chrono::milliseconds kill_grace{2000};
  OnSpawned on_spawned{};
};

enum class Ended : std::uint8_t { by_itself, timed_out, cancelled };

/// Why no child came to be.
struct SpawnFailure {
  sys::SpawnStage stage;
  std::error_code error;
  std::string object{};  ///< the stream that could not be had, such as "stdout: open /run/log"
};

/// What became of it.
struct Outcome {
  std::optional<SpawnFailure> failure{};  ///< nothing was started; the rest is empty then
  ExitStatus status = ExitStatus::lost();
  Ended ended = Ended::by_itself;   ///< who ended it
  std::string state_at_deadline{};  ///< see Error::runtime_state
  Output output{};
  bool out_is_cut = false;      ///< output.out is not all that was written to stdout
  std::error_code out_error{};  ///< why stdout could not be read to its end, if so
};

class ChildStreams;

/// The operation of running a Command. If it is destroyed before its end the child is killed and reaped.
class Execution final : public Operation {
 public:
  explicit Execution(Command command) : command_(std::move(command)) {}
  ~Execution() override;

  bool step() override;
  [[nodiscard]] Interest interest() const override;
  void cancel(Urgency urgency) override;

  /// Let the child go, which was started and is not to be ended: this is over then.
  [[nodiscard]] std::shared_ptr<Process> release() noexcept {
    phase_ = Phase::over;
    return child_;
  }

  /// Valid once step() has said that it is over.
  [[nodiscard]] Outcome& outcome() noexcept { return outcome_; }
  [[nodiscard]] const Command& command() const noexcept { return command_; }

 private:
  enum class Phase : std::uint8_t { not_started, running, over };
  enum class Pressure : std::uint8_t { none, asked, killed };

  void start();
  bool launch(ChildStreams& streams);
  [[nodiscard]] sys::SpawnResult spawn_where_it_lasts(ChildStreams& streams);
  [[nodiscard]] sys::SpawnResult spawn(ChildStreams& streams);
  void fail(SpawnFailure failure);
  void look_for_ready();
  void look_for_exit();
  void look_at_the_clock();
  void end(Ended why, Urgency urgency);
  void settle(ExitStatus status);

  Command command_;
  Outcome outcome_{};
  Phase phase_ = Phase::not_started;
  Pressure pressure_ = Pressure::none;
  std::optional<Clock::time_point> deadline_{};
  std::shared_ptr<Process> child_{};
  Drain out_{};
  Drain err_{};
  std::optional<SignalRelay> relay_{};
  sys::Fd ready_{};
  bool is_ready_ = false;
};

}  // namespace crunc::process
