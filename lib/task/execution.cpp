// SPDX-License-Identifier: Apache-2.0
// exec.

#include "task/execution.hpp"

#include <utility>

#include "runtime/faults.hpp"
#include "task/verbs.hpp"

namespace crunc::task {

using process::Operation;

namespace {

/// It is part of the names of files.
constexpr std::size_t longest_exec_id = 200;

constexpr std::chrono::minutes default_timeout{2};

}  // namespace

Execution::Execution(std::shared_ptr<Supervision> supervision, std::string_view exec_id, Exactly<oci::Process> process,
                     TaskExecOptions options)
    : exec_id_(exec_id), process_(std::move(process)), options_(std::move(options)) {
  supervision_ = std::move(supervision);
  set_names("exec", supervision_->id());
}

Result<void> Execution::begin() {
  const std::string_view why = runtime::why_not_an_id(exec_id_);
  if (!why.empty()) return Error(Errc::invalid_argument, "not an id for a process: " + std::string(why));
  if (exec_id_.size() > longest_exec_id) {
    return Error(Errc::invalid_argument, "the id for a process is longer than 200 characters");
  }
  if (process_.get().terminal.value_or(false) != options_.io.terminal) {
    return Error(Errc::terminal_mismatch, "`terminal` of the process is not that of its TaskIo");
  }
  auto member = std::make_shared<Member>(exec_id_, options_.io, supervision_);
  if (Result<void> added = supervision_->add(member); !added) return added;
  is_added_ = true;
  member_ = std::move(member);
  return supervision_->save();
}

std::shared_ptr<Operation> Execution::call(const Io& io, const std::string& console_socket,
                                           const std::string& pid_file) {
  executing_ = Verbs::prepare(supervision_->runc(), std::string_view(supervision_->id()), process_,
                              ExecOptions{.pid_file = pid_file,
                                          .console_socket = console_socket,
                                          .detach = true,
                                          .ignore_paused = options_.ignore_paused,
                                          .io = io,
                                          .timeout = options_.timeout.value_or(default_timeout)});
  return executing_->operation;
}

Result<void> Execution::outcome(Operation&) {
  const Result<Finished> executed = finish(*executing_);
  return executed ? Result<void>() : executed.error();
}

Result<void> Execution::settle(pid_t) {
  supervision_->write_down();
  supervision_->settled(exec_id_, true);
  supervision_->drive(member_);
  return {};
}

/// Its terminal is lost, and with it the process: the kernel hangs it up.
std::shared_ptr<Operation> Execution::undo() { return nullptr; }

void Execution::give_up() noexcept {
  if (!is_added_) return;
  supervision_->drop(member_);
  supervision_->settled(exec_id_, false);
  supervision_->write_down();
}

}  // namespace crunc::task
