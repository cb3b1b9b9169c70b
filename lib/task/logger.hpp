// SPDX-License-Identifier: Apache-2.0
// The operation of starting a program that gets a process' output.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <crunc/error.hpp>
#include <crunc/monitor.hpp>
#include <crunc/task_io.hpp>

#include "process/execution.hpp"
#include "process/operation.hpp"
#include "sys/fd.hpp"

namespace crunc::task {

/// Starts a logger, in a process group of its own, and waits until it is ready. It outlives this process; cancelled or
/// destroyed before it is ready, it is ended.
///
/// Of pipes the writing ends are held open for as long as this object lives: a logger takes a pipe that nobody
/// has opened yet for one that is at its end. Destroy it when the process has them open.
class LoggerStart final : public process::Operation {
 public:
  /// @param inputs   the reading ends of stdout and stderr; those that are missing are /dev/null. They become blocking
  /// @param monitor  that learns of its end; null: a PidfdMonitor
  LoggerStart(LoggerCommand command, std::array<sys::Fd, 2> inputs, std::shared_ptr<ProcessMonitor> monitor = {});

  bool step() override;
  [[nodiscard]] process::Interest interest() const override;
  void cancel(process::Urgency urgency) override;

  /// Valid once step() has said that it is over: the logger, to be waited for.
  ///
  /// Errors name the program. invalid_argument: no command; system_error: it could not be started, or `exit` says how
  /// it ended before it was ready; timed_out: it was not ready in time, and was ended; cancelled.
  [[nodiscard]] Result<std::shared_ptr<Process>> result() const;

 private:
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] std::error_code prepare_input(std::size_t index);
  [[nodiscard]] Error why_not();
  [[nodiscard]] Error failure(std::error_code why, const std::string& object = {}) const;
  [[nodiscard]] std::string name() const;

  LoggerCommand command_;
  std::array<sys::Fd, 2> inputs_;
  std::array<sys::Fd, 2> held_{};
  std::shared_ptr<ProcessMonitor> monitor_;
  std::optional<process::Execution> execution_{};
  bool is_ready_ = false;
  std::shared_ptr<Process> process_{};
  std::optional<Error> error_{};
};

}  // namespace crunc::task
