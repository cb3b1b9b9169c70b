// SPDX-License-Identifier: Apache-2.0
// The standard streams of one supervised process, on both of their sides.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <crunc/console.hpp>
#include <crunc/error.hpp>
#include <crunc/io.hpp>
#include <crunc/task_io.hpp>

#include "process/operation.hpp"
#include "sys/fd.hpp"
#include "task/pump.hpp"
#include "task/record.hpp"

namespace crunc::task {

/// What moves the bytes of a process, where somebody has to.
struct Pumps {
  std::optional<Pump> out{};
  std::optional<Pump> err{};
  std::optional<Pump> in{};  ///< to a terminal
};

/// Named pipes in the task's directory, the container's ends of them for the runtime, and this side's.
class Streams {
 public:
  /// @param stem  of the pipes' names: "STEM.in", "STEM.out", "STEM.err"
  Streams(const std::string& directory, const std::string& stem, TaskIo io);

  /// Make the pipes, and open what is at the other ends of pumped outputs.
  [[nodiscard]] Result<void> make();
  /// Take up pipes that an earlier supervisor has made.
  [[nodiscard]] Result<void> take_up(const ProcessRecord& record);

  /// The program that is to read these outputs, with the reading ends for it; nothing when there is none left.
  struct LoggerPlan {
    LoggerCommand command;
    std::array<sys::Fd, 2> inputs{};
  };
  [[nodiscard]] std::optional<LoggerPlan> next_logger();
  /// The one that was planned last is this process.
  void took_logger(const ProcessName& name);
  [[nodiscard]] const std::array<ProcessName, 2>& loggers() const noexcept { return loggers_; }

  /// What the runtime gets. With a terminal nothing: its stderr is captured then, for errors.
  [[nodiscard]] Io for_runtime() const;

  /// The terminal has come.
  [[nodiscard]] Result<void> take(Console console);

  /// Once: what is to be driven.
  [[nodiscard]] Pumps take_pumps() { return std::move(pumps_); }
  /// Once: the terminal, if there is one.
  [[nodiscard]] std::shared_ptr<const Console> release_console() noexcept { return std::move(console_); }
  /// Once: what keeps the input from being at its end, and takes what is written to it.
  [[nodiscard]] sys::Fd release_input() noexcept { return std::move(held_input_); }
  [[nodiscard]] const TaskIo& io() const noexcept { return io_; }

  /// Remove the pipes.
  void remove() const noexcept;

 private:
  enum Output : std::uint8_t { out, err };
  [[nodiscard]] std::string pipe(const char* name) const { return stem_ + name; }
  [[nodiscard]] static const char* name_of(Output which) noexcept { return which == out ? ".out" : ".err"; }
  [[nodiscard]] const Sink& sink(Output which) const noexcept { return which == out ? io_.out : io_.err; }
  [[nodiscard]] bool needs_pipe(Output which) const noexcept;
  [[nodiscard]] Result<void> make_input();
  [[nodiscard]] Result<void> open_input();
  [[nodiscard]] Result<void> open_output(Output which);
  [[nodiscard]] Result<void> pump_input_to(const Console& console);

  std::string stem_;
  TaskIo io_;
  sys::Fd held_input_{};
  std::array<sys::Fd, 2> logged_{};  ///< the reading ends of outputs that a logger gets
  std::array<bool, 2> planned_{};      ///< what the logger planned last is to read
  std::array<ProcessName, 2> loggers_{};
  std::array<sys::Fd, 2> writing_{};  ///< with a terminal: the writing ends of the same
  std::shared_ptr<const Console> console_{};
  Pumps pumps_{};
};

}  // namespace crunc::task
