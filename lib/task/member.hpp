// SPDX-License-Identifier: Apache-2.0
// One process of a task, as its handles see it.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include <crunc/console.hpp>
#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/monitor.hpp>
#include <crunc/signal.hpp>

#include "process/operation.hpp"
#include "sys/fd.hpp"
#include "task/record.hpp"
#include "task/streams.hpp"

namespace crunc::task {

class Supervision;

/// @threads safe, but streams(), which is its maker's until the process is driven
class Member {
 public:
  Member(std::string id, const TaskIo& io, std::weak_ptr<Supervision> supervision);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// 0 while the call that makes it is under way.
  [[nodiscard]] pid_t pid() const;
  /// Null while the call that makes it is under way.
  [[nodiscard]] std::shared_ptr<Process> process() const;
  [[nodiscard]] Streams& streams() noexcept { return streams_; }
  /// As Streams::make() and Streams::take_up(), and noted for the record.
  [[nodiscard]] Result<void> make_streams();
  [[nodiscard]] Result<void> take_up_streams(const ProcessRecord& record, const std::vector<pid_t>& pids);

  /// The program that was planned last for its output runs.
  void took_logger(const Process& logger);

  /// Which process it is.
  void become(std::shared_ptr<Process> process, std::uint64_t start_ticks);
  /// The handles' ends of the streams.
  void take_ends();

  /// How it ended is about to be told: for the record.
  void note_exit(const ExitStatus& status);
  /// How it ended is told from now on.
  void tell(const ExitStatus& status);
  /// Nobody watches it any more.
  void give_up();
  [[nodiscard]] std::optional<ExitStatus> told() const;
  [[nodiscard]] bool is_given_up() const;
  [[nodiscard]] ProcessRecord record() const;

  [[nodiscard]] Result<void> signal(Signal signal) const;
  [[nodiscard]] Result<void> resize(Winsize size) const;
  [[nodiscard]] Result<std::size_t> write_input(std::string_view bytes, std::chrono::milliseconds timeout) const;
  [[nodiscard]] Result<void> close_input();

  /// The operation of waiting until how it ended is told.
  [[nodiscard]] static std::shared_ptr<process::Operation> make_wait(std::shared_ptr<Member> member, Timeout timeout);
  [[nodiscard]] static Result<ExitStatus> outcome_of_wait(process::Operation& wait);

 private:
  class Wait;
  [[nodiscard]] Error describe(Error error) const;
  [[nodiscard]] std::shared_ptr<const sys::Fd> input() const;
  void wake_all();

  const std::string id_;
  const std::weak_ptr<Supervision> supervision_;
  Streams streams_;

  mutable std::mutex mutex_{};
  std::shared_ptr<Process> process_{};
  std::uint64_t start_ticks_ = 0;
  std::array<std::uint64_t, 3> pipes_{};
  std::array<ProcessName, 2> loggers_{};
  std::optional<ExitStatus> noted_{};
  std::optional<ExitStatus> told_{};
  bool given_up_ = false;
  bool input_is_closed_ = false;
  std::shared_ptr<const sys::Fd> input_{};
  std::shared_ptr<const Console> console_{};
  std::vector<std::weak_ptr<const sys::Fd>> wakes_{};  ///< eventfds of those that wait
};

}  // namespace crunc::task
