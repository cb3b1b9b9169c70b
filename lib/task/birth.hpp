// SPDX-License-Identifier: Apache-2.0
// How a supervised process comes to be: its streams, its loggers, the runtime's call, its terminal, in this order.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>

#include "process/fd_socket.hpp"
#include "process/sequence.hpp"
#include "task/logger.hpp"
#include "task/member.hpp"
#include "task/supervision.hpp"

namespace crunc::task {

/// What create, restore and exec have in common. Whatever fails, all that was done is undone before it is over.
class Birth : public process::Steps<Birth> {
 public:
  /// Valid once step() has said that it is over: why there is no process.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  [[nodiscard]] const std::shared_ptr<Supervision>& supervision() const noexcept { return supervision_; }
  [[nodiscard]] const std::shared_ptr<Member>& member() const noexcept { return member_; }

 protected:
  Birth() noexcept : Steps(&Birth::prepare) {}

  /// Make supervision_ and member_, and write down what is about to be done.
  [[nodiscard]] virtual Result<void> begin() = 0;
  /// The call of the runtime that makes the process.
  [[nodiscard]] virtual std::shared_ptr<process::Operation> call(const Io& io, const std::string& console_socket,
                                                                 const std::string& pid_file) = 0;
  [[nodiscard]] virtual Result<void> outcome(process::Operation& call) = 0;
  /// The process is there, in member_: make it known.
  [[nodiscard]] virtual Result<void> settle(pid_t pid) = 0;
  /// The runtime's call that takes the process away again; null: none is needed.
  [[nodiscard]] virtual std::shared_ptr<process::Operation> undo() = 0;
  /// It came to nothing: take back what begin() did.
  virtual void give_up() noexcept = 0;

  void set_names(const char* operation, std::string container);

  std::shared_ptr<Supervision> supervision_{};
  std::shared_ptr<Member> member_{};

 private:
  std::shared_ptr<process::Operation> prepare();
  std::shared_ptr<process::Operation> start_logger();
  std::shared_ptr<process::Operation> after_logger();
  std::shared_ptr<process::Operation> call_runtime();
  std::shared_ptr<process::Operation> after_runtime();
  std::shared_ptr<process::Operation> after_console();
  std::shared_ptr<process::Operation> find_process();
  std::shared_ptr<process::Operation> after_undoing();
  std::shared_ptr<process::Operation> fail(Error error);
  std::shared_ptr<process::Operation> fail_and_undo(Error error);

  const char* operation_ = "";
  std::string container_{};
  std::string pid_file_{};
  std::chrono::system_clock::time_point called_at_{};
  std::shared_ptr<process::FdSocket> socket_{};
  std::shared_ptr<process::FdReception> reception_{};
  std::shared_ptr<LoggerStart> logger_{};
  std::shared_ptr<process::Operation> call_{};
  std::optional<Error> error_{};
};

}  // namespace crunc::task
