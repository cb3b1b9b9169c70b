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

/// The pipes of a process, its own ends of them for the runtime, and this side's.
class Streams {
 public:
  explicit Streams(TaskIo io) : io_(std::move(io)) {}

  /// Make the pipes, and open what is at the other ends of pumped outputs.
  [[nodiscard]] Result<void> make();
  /// Take up pipes that an earlier supervisor has made, by way of these processes, which may have them open.
  [[nodiscard]] Result<void> take_up(const ProcessRecord& record, const std::vector<pid_t>& pids);

  /// The program that is to read these outputs, with the reading ends for it; nothing when there is none left.
  struct LoggerPlan {
    LoggerCommand command;
    std::array<sys::Fd, 2> inputs{};
  };
  [[nodiscard]] std::optional<LoggerPlan> next_logger();
  /// The one that was planned last is this process.
  void took_logger(const ProcessName& name);
  [[nodiscard]] const std::array<ProcessName, 2>& loggers() const noexcept { return loggers_; }

  /// Once: what the runtime gets. With a terminal nothing: its stderr is captured then, for errors.
  [[nodiscard]] Io take_for_runtime();

  /// The terminal has come.
  [[nodiscard]] Result<void> take(Console console);

  /// Once: what is to be driven.
  [[nodiscard]] Pumps take_pumps() { return std::move(pumps_); }
  /// Once: the terminal, if there is one.
  [[nodiscard]] std::shared_ptr<const Console> release_console() noexcept { return std::move(console_); }
  /// Once: what keeps the input from being at its end, and takes what is written to it.
  [[nodiscard]] sys::Fd release_input() noexcept { return std::move(held_input_); }
  [[nodiscard]] const TaskIo& io() const noexcept { return io_; }

  /// The pipes by their inodes: of stdin, stdout and stderr; 0 where there is none.
  [[nodiscard]] const std::array<std::uint64_t, 3>& pipes() const noexcept { return inodes_; }

 private:
  enum Output : std::uint8_t { out, err };
  [[nodiscard]] static std::size_t index(Output which) noexcept { return which == out ? 1 : 2; }
  [[nodiscard]] const Sink& sink(Output which) const noexcept { return which == out ? io_.out : io_.err; }
  [[nodiscard]] bool needs_pipe(Output which) const noexcept;
  [[nodiscard]] bool needs_input_pipe() const noexcept;
  [[nodiscard]] Result<void> make_input();
  [[nodiscard]] Result<void> make_output(Output which);
  [[nodiscard]] Result<void> hold_fifo();
  [[nodiscard]] Result<void> lead(Output which, sys::Fd reader);
  [[nodiscard]] Result<void> pump_input_to(const Console& console);

  TaskIo io_;
  std::array<sys::Fd, 3> childs_{};  ///< the process' own ends of pipes
  std::array<std::uint64_t, 3> inodes_{};
  sys::Fd held_input_{};
  std::array<sys::Fd, 2> logged_{};  ///< the reading ends of outputs that a logger gets
  std::array<bool, 2> planned_{};    ///< what the logger planned last is to read
  std::array<ProcessName, 2> loggers_{};
  sys::Fd writing_{};  ///< with a terminal: the writing end of what a logger reads
  std::shared_ptr<const Console> console_{};
  Pumps pumps_{};
};

}  // namespace crunc::task
