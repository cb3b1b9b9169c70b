// SPDX-License-Identifier: Apache-2.0
// Starting of loggers, as containerd's shims start theirs.

#include "task/logger.hpp"

#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "runtime/lookup.hpp"
#include "sys/calls.hpp"

namespace crunc::task {
namespace {

constexpr int first_input = 3;  // stdout; stderr is the next
constexpr int ready_fd = 5;

std::string_view search_path() noexcept {
  const char* const value = std::getenv("PATH");
  return value == nullptr ? std::string_view() : value;
}

}  // namespace

LoggerStart::LoggerStart(LoggerCommand command, std::array<sys::Fd, 2> inputs, std::shared_ptr<ProcessMonitor> monitor)
    : command_(std::move(command)), inputs_(std::move(inputs)), monitor_(std::move(monitor)) {}

bool LoggerStart::step() {
  if (error_) return true;  // cancelled before it began
  if (!execution_) {
    if (const Result<void> begun = begin(); !begun) {
      error_ = begun.error();
      return true;
    }
  }
  const bool is_over = execution_->step();
  inputs_ = {};  // they are the logger's alone
  if (is_ready_ && execution_->outcome().ended == process::Ended::by_itself) {
    process_ = execution_->release();
    return true;
  }
  if (is_over) error_ = why_not();
  return is_over;
}

process::Interest LoggerStart::interest() const { return execution_ ? execution_->interest() : process::Interest(); }

void LoggerStart::cancel(process::Urgency urgency) {
  if (execution_) return execution_->cancel(urgency);
  error_ = Error(Errc::cancelled, "the logger " + name() + " was not started");
}

Result<std::shared_ptr<Process>> LoggerStart::result() const {
  if (error_) return *error_;
  return process_;
}

Result<void> LoggerStart::begin() {
  if (name().empty()) return Error(Errc::invalid_argument, "a logger without a command");
  Result<std::string> executable = runtime::find_executable(name(), search_path());
  if (!executable) {
    const std::error_code why = executable.error().system;
    return failure(why ? why : std::make_error_code(std::errc::no_such_file_or_directory));
  }
  process::Command command{.executable = runtime::path_for_child(*executable),
                           .argv = command_.argv,
                           .environment = {.add = command_.environment},
                           .on_ready = [this] { is_ready_ = true; },
                           .ready_fd = ready_fd,
                           .closing_is_ready = true,
                           .new_process_group = true,
                           .monitor = monitor_};
  if (command_.ready_timeout != no_deadline) command.timeout = command_.ready_timeout;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (const std::error_code why = prepare_input(i)) return failure(why);
    command.fds.push_back({inputs_.at(i).get(), first_input + static_cast<int>(i)});
  }
  execution_.emplace(std::move(command));
  return {};
}

std::error_code LoggerStart::prepare_input(std::size_t index) {
  sys::Fd& input = inputs_.at(index);
  if (!input) {
    sys::SysResult<sys::Fd> null = sys::open_file("/dev/null", O_RDONLY);
    if (!null) return null.error();
    input = std::move(*null);
    return {};
  }
  if (sys::calls().fcntl(input.get(), F_SETFL, 0) != 0) return sys::last_error();
  struct stat status {};
  if (sys::calls().fstat(input.get(), &status) != 0) return sys::last_error();
  if (!S_ISFIFO(status.st_mode)) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(input.get());
  sys::SysResult<sys::Fd> writer = sys::open_file(path.c_str(), O_WRONLY | O_NONBLOCK);
  if (!writer) return writer.error();
  held_.at(index) = std::move(*writer);
  return {};
}

/// Why it has not become ready, of an execution that is over.
Error LoggerStart::why_not() {
  const process::Outcome& outcome = execution_->outcome();
  if (outcome.failure && outcome.failure->stage != sys::SpawnStage::none) {
    return failure(outcome.failure->error, outcome.failure->object);
  }
  const std::string what = "the logger " + name();
  if (outcome.ended == process::Ended::cancelled) return Error(Errc::cancelled, what + " was not ready yet");
  if (outcome.ended == process::Ended::timed_out) {
    Error error(Errc::timed_out, what + " was not ready in " + std::to_string(command_.ready_timeout.count()) + " ms");
    error.runtime_state = outcome.state_at_deadline;
    return error;
  }
  Error error(Errc::system_error, what + " ended before it was ready: " + outcome.status.to_string());
  error.exit = outcome.status;
  return error;
}

Error LoggerStart::failure(std::error_code why, const std::string& object) const {
  return Error(Errc::system_error, "start the logger " + name() + (object.empty() ? "" : ": " + object), why);
}

std::string LoggerStart::name() const { return command_.argv.empty() ? std::string() : command_.argv.front(); }

}  // namespace crunc::task
