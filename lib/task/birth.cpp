// SPDX-License-Identifier: Apache-2.0
// The steps by which a supervised process comes to be.

#include "task/birth.hpp"

#include <utility>

#include <crunc/container.hpp>

namespace crunc::task {

using process::Operation;

void Birth::set_names(const char* operation, std::string container) {
  operation_ = operation;
  container_ = std::move(container);
}

std::shared_ptr<Operation> Birth::fail(Error error) {
  if (error.operation.empty()) error.operation = operation_;
  if (error.container.empty()) error.container = container_;
  error_ = std::move(error);
  if (!pid_file_.empty()) remove_pid_file(supervision_->directory(), member_->id());
  give_up();
  return nullptr;
}

std::shared_ptr<Operation> Birth::prepare() {
  if (is_cancelled()) return fail(Error(Errc::cancelled, ""));
  if (Result<void> begun = begin(); !begun) return fail(begun.error());
  pid_file_ = pid_path(supervision_->directory(), member_->id());
  if (Result<void> made = member_->make_streams(); !made) return fail(made.error());
  then(&Birth::start_logger);
  return nullptr;
}

std::shared_ptr<Operation> Birth::start_logger() {
  std::optional<Streams::LoggerPlan> plan = member_->streams().next_logger();
  if (!plan) return call_runtime();
  logger_ = std::make_shared<LoggerStart>(std::move(plan->command), std::move(plan->inputs),
                                          supervision_->runc().options().monitor);
  then(&Birth::after_logger);
  return logger_;
}

std::shared_ptr<Operation> Birth::after_logger() {
  const Result<std::shared_ptr<Process>> started = logger_->result();
  if (!started) return fail(started.error());
  supervision_->look_after(member_, *started);
  return start_logger();
}

std::shared_ptr<Operation> Birth::call_runtime() {
  if (is_cancelled()) return fail(Error(Errc::cancelled, ""));
  std::string console_socket;
  if (member_->streams().io().terminal) {
    Result<std::shared_ptr<process::FdSocket>> socket = process::FdSocket::temporary();
    if (!socket) return fail(socket.error());
    socket_ = std::move(*socket);
    console_socket = socket_->path();
  }
  called_at_ = std::chrono::system_clock::now();
  call_ = call(member_->streams().take_for_runtime(), console_socket, pid_file_);
  then(&Birth::after_runtime);
  return call_;
}

std::shared_ptr<Operation> Birth::after_runtime() {
  if (const Result<void> made = outcome(*call_); !made) return fail(made.error());
  if (!socket_) return find_process();
  // The runtime has sent the terminal before it ended: what is waited for is there.
  reception_ = std::make_shared<process::FdReception>(socket_, ReceiveOptions{});
  then(&Birth::after_console);
  return reception_;
}

std::shared_ptr<Operation> Birth::after_console() {
  Result<process::Delivery> delivery = reception_->take();
  if (!delivery) return fail_and_undo(reception_->describe(delivery.error()));
  Result<Console> console = Console::adopt(Descriptor(delivery->fd.release()));
  if (!console) return fail_and_undo(reception_->describe(console.error()));
  if (const Result<void> taken = member_->streams().take(std::move(*console)); !taken) {
    return fail_and_undo(taken.error());
  }
  return find_process();
}

std::shared_ptr<Operation> Birth::find_process() {
  const Result<pid_t> pid = read_pid_file(pid_file_);
  if (!pid) return fail_and_undo(pid.error());
  const StartTime started = StartTime::before_pid_file(pid_file_, called_at_);
  if (const Result<void> known = supervision_->identify(*member_, *pid, started); !known) {
    return fail_and_undo(known.error());
  }
  if (const Result<void> settled = settle(*pid); !settled) return fail_and_undo(settled.error());
  return nullptr;
}

std::shared_ptr<Operation> Birth::fail_and_undo(Error error) {
  error_ = std::move(error);
  then(&Birth::after_undoing);
  return undo();
}

std::shared_ptr<Operation> Birth::after_undoing() { return fail(std::move(*error_)); }

}  // namespace crunc::task
