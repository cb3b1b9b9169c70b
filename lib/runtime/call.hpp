// SPDX-License-Identifier: Apache-2.0
// One call of the runtime from its plan to its outcome: look the binary up, ask what it can do if an option depends on
// it, run it with a log of its own, read what it said, and heal the id if we ended it half-way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <crunc/error.hpp>
#include <crunc/options.hpp>

#include "process/execution.hpp"
#include "process/operation.hpp"
#include "runtime/args.hpp"
#include "runtime/pid_file.hpp"
#include "runtime/probe.hpp"
#include "runtime/verbs.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {

/// What the copies of a Runc share: its options, which never change, and what was learnt of the runtime.
struct Client {
  explicit Client(RuncOptions chosen) : options(std::move(chosen)) {}
  const RuncOptions options;
  mutable ProbeCache probes{};
};

/// Everything that a verb decides about its call.
struct CallPlan {
  const Verb* verb = nullptr;
  std::shared_ptr<const Client> client{};
  BaseDirectory base{};
  Arguments arguments{};
  std::string container{};
  std::string bundle{};  ///< of a verb that has one, absolute
  Io io{};
  std::vector<int> handed_on_fds{};  ///< descriptors of this process, which become 3, 4, ...
  std::function<void()> on_ready{};  ///< of a checkpoint with lazy pages
  process::Drain::Sink on_output{};  ///< gets stdout as it comes, instead of the Outcome
  std::string work_path{};           ///< CRIU's, absolute
  std::string pid_file{};            ///< the caller's, absolute
  bool foreground = false;           ///< the exit status may be the process' own
  bool stand_in = false;
  Timeout timeout{};
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::optional<std::vector<std::string>> tokens{};  ///< Runc::raw: all of argv but the command
};

class Call final : public process::Operation {
 public:
  explicit Call(CallPlan plan) : plan_(std::move(plan)) {}
  /// A call that was refused before anything was done.
  explicit Call(Error refused);

  bool step() override;
  [[nodiscard]] process::Interest interest() const override;
  void cancel(process::Urgency urgency) override;

  [[nodiscard]] const std::stop_token& stop() const noexcept { return plan_.stop; }
  [[nodiscard]] const CallPlan& plan() const noexcept { return plan_; }

  /// The runtime has been started for the verb itself, and has not been seen to end.
  [[nodiscard]] bool is_running() const noexcept { return phase_ == Phase::running; }
  /// The runtime lacks a feature, and was asked for something else in its stead (Arguments::substitute).
  [[nodiscard]] bool is_substituted() const noexcept { return is_substituted_; }

  /// Valid once step() has said that it is over: the Error, or else how the runtime ended.
  [[nodiscard]] std::optional<Error>& error() noexcept { return error_; }
  [[nodiscard]] process::Outcome& outcome() noexcept { return outcome_; }
  /// The call's Error for something found in its output.
  [[nodiscard]] Error describe(Error error) const;

 private:
  enum class Phase : std::uint8_t { begin, probing, running, identifying, healing, over };

  void begin();
  void after_probe();
  void start();
  void after_run();
  void judge();
  void look_at_bundle();
  void identify();
  void after_identification();
  void heal();
  void after_healing();
  void fail(Error error);

  void settle_features(const Version& version);
  [[nodiscard]] bool emulates(const Missing& missing);
  void add_criu_failure();

  // call_command.cpp
  [[nodiscard]] process::Command command_for(std::vector<std::string> argv) const;
  [[nodiscard]] process::EnvironmentChange environment() const;
  [[nodiscard]] Result<process::Command> verb_command();
  [[nodiscard]] std::optional<Error> add_document(process::Command& command, const std::string& text, int to);
  void launch(Phase phase, process::Command command);
  void ask_version(Phase phase);
  [[nodiscard]] std::optional<Version> known_version() const;
  [[nodiscard]] std::optional<std::string> learn_version();
  [[nodiscard]] Features needs() const;
  [[nodiscard]] Result<std::vector<std::string>> build_argv();
  [[nodiscard]] int preserved() const noexcept;
  void set_streams(process::Command& command) const;
  [[nodiscard]] bool id_is_taken() const;
  [[nodiscard]] bool succeeded() const;
  [[nodiscard]] bool must_heal() const;
  void read_log();

  CallPlan plan_;
  Phase phase_ = Phase::begin;
  std::string executable_{};
  std::optional<BinaryKey> binary_{};
  sys::Fd log_file_{};
  std::vector<sys::Fd> documents_{};
  Features lacks_{};  ///< what is done without, another way
  bool is_substituted_ = false;
  std::optional<PidFile> pid_file_{};
  bool id_was_free_ = false;
  /// All that were started, the present one last: their descriptors stay open as Operation demands.
  std::vector<std::unique_ptr<process::Execution>> executions_{};
  std::vector<std::string> argv_{};
  std::vector<LogEntry> log_{};
  process::Outcome outcome_{};
  std::optional<Error> error_{};
};

}  // namespace crunc::runtime
