// SPDX-License-Identifier: Apache-2.0
// The handle's side of a process: signals, input, and the wait for what is told of it.

#include "task/member.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "sys/borrowed_stream.hpp"
#include "sys/calls.hpp"
#include "sys/proc_stat.hpp"
#include "task/supervision.hpp"

namespace crunc::task {
namespace {

constexpr std::string_view end_of_file_character{"\x04", 1};

}  // namespace

/// Waits by an eventfd of its own, so that each of many wakes once, on whichever reactor it is.
class Member::Wait final : public process::Operation {
 public:
  Wait(std::shared_ptr<Member> member, Timeout timeout) : member_(std::move(member)), timeout_(timeout) {}

  bool step() override {
    if (!wake_) begin();
    if (error_) return true;
    status_ = member_->told();
    return status_ || cancelled_ || member_->is_given_up() || (deadline_ && process::Clock::now() >= *deadline_);
  }
  [[nodiscard]] process::Interest interest() const override {
    process::Interest result;
    result.add(wake_->get());
    if (deadline_) result.add(*deadline_);
    return result;
  }
  void cancel(process::Urgency) override { cancelled_ = true; }

  [[nodiscard]] Result<ExitStatus> outcome() const {
    if (status_) return *status_;
    if (error_) return *error_;
    if (cancelled_) return member_->describe(Error(Errc::cancelled, ""));
    if (member_->is_given_up()) return member_->describe(Error(Errc::cancelled, "the task is supervised no longer"));
    return member_->describe(Error(Errc::timed_out, ""));
  }

 private:
  void begin() {
    if (timeout_ && *timeout_ != no_deadline) deadline_ = process::Clock::now() + *timeout_;
    auto fresh = std::make_shared<sys::Fd>(sys::calls().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!*fresh) error_ = member_->describe(Error(Errc::system_error, "make an eventfd", sys::last_error()));
    wake_ = std::move(fresh);
    const std::lock_guard lock(member_->mutex_);
    std::erase_if(member_->wakes_, [](const auto& each) { return each.expired(); });
    member_->wakes_.push_back(wake_);
  }

  std::shared_ptr<Member> member_;
  Timeout timeout_;
  std::shared_ptr<const sys::Fd> wake_{};
  std::optional<process::Clock::time_point> deadline_{};
  std::optional<ExitStatus> status_{};
  std::optional<Error> error_{};
  bool cancelled_ = false;
};

Member::Member(std::string id, const TaskIo& io, std::weak_ptr<Supervision> supervision)
    : id_(std::move(id)), supervision_(std::move(supervision)), streams_(io) {}

void Member::took_logger(const Process& logger) {
  const sys::SysResult<sys::ProcStat> stat = sys::read_proc_stat(logger.pid());
  streams_.took_logger({.pid = logger.pid(), .start_ticks = stat ? stat->start_ticks : 0});
  const std::lock_guard lock(mutex_);
  loggers_ = streams_.loggers();
}

Result<void> Member::make_streams() {
  Result<void> made = streams_.make();
  const std::lock_guard lock(mutex_);
  pipes_ = streams_.pipes();
  return made;
}

Result<void> Member::take_up_streams(const ProcessRecord& record, const std::vector<pid_t>& pids) {
  Result<void> taken = streams_.take_up(record, pids);
  const std::lock_guard lock(mutex_);
  pipes_ = streams_.pipes();
  loggers_ = streams_.loggers();
  return taken;
}

std::shared_ptr<Process> Member::process() const {
  const std::lock_guard lock(mutex_);
  return process_;
}

pid_t Member::pid() const {
  const std::shared_ptr<Process> made = process();
  return made ? made->pid() : 0;
}

void Member::become(std::shared_ptr<Process> process, std::uint64_t start_ticks) {
  const std::lock_guard lock(mutex_);
  process_ = std::move(process);
  start_ticks_ = start_ticks;
}

void Member::take_ends() {
  const std::lock_guard lock(mutex_);
  console_ = streams_.release_console();
  if (sys::Fd held = streams_.release_input()) input_ = std::make_shared<const sys::Fd>(std::move(held));
}

void Member::wake_all() {
  const std::uint64_t one = 1;
  for (const auto& each : wakes_) {
    const auto wake = each.lock();
    if (wake) static_cast<void>(sys::write_whole(wake->get(), {reinterpret_cast<const char*>(&one), sizeof one}));
  }
  wakes_.clear();
}

void Member::note_exit(const ExitStatus& status) {
  const std::lock_guard lock(mutex_);
  noted_ = status;
}

void Member::tell(const ExitStatus& status) {
  const std::lock_guard lock(mutex_);
  noted_ = status;
  told_ = status;
  console_.reset();
  input_.reset();
  wake_all();
}

void Member::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  console_.reset();
  input_.reset();
  wake_all();
}

std::optional<ExitStatus> Member::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

bool Member::is_given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

ProcessRecord Member::record() const {
  const std::lock_guard lock(mutex_);
  return {.id = id_,
          .process = {.pid = process_ ? process_->pid() : 0, .start_ticks = start_ticks_},
          .io = streams_.io(),
          .pipes = pipes_,
          .loggers = loggers_,
          .stdin_is_closed = input_is_closed_,
          .exit = noted_};
}

Error Member::describe(Error error) const {
  if (error.operation.empty()) error.operation = "wait";
  if (const auto supervision = supervision_.lock()) error.container = supervision->id();
  const std::string who = id_.empty() ? "process " + std::to_string(pid()) : "the executed process " + id_;
  error.reason = error.reason.empty() ? who : who + ": " + error.reason;
  return error;
}

Result<void> Member::signal(Signal signal) const {
  Result<void> sent = process()->signal(signal);
  if (!sent) {
    Error error = sent.error();
    error.operation = "kill";
    return describe(std::move(error));
  }
  const auto supervision = supervision_.lock();
  if (supervision && signal.number() == SIGKILL) supervision->thaw_for_kill();
  return {};
}

Result<void> Member::resize(Winsize size) const {
  std::shared_ptr<const Console> console;
  {
    const std::lock_guard lock(mutex_);
    console = console_;
  }
  if (console) return console->resize(size);
  Error error(Errc::terminal_mismatch, "it has no terminal");
  error.operation = "resize";
  return describe(std::move(error));
}

std::shared_ptr<const sys::Fd> Member::input() const {
  const std::lock_guard lock(mutex_);
  return input_;
}

Result<std::size_t> Member::write_input(std::string_view bytes, std::chrono::milliseconds timeout) const {
  const auto fail = [this](Errc code, const char* why, int number = 0) {
    Error error(code, why, std::error_code(number, std::system_category()));
    error.operation = "write to stdin";
    return describe(std::move(error));
  };
  if (told()) return fail(Errc::not_running, "it has ended");
  std::shared_ptr<const Console> console;
  {
    const std::lock_guard lock(mutex_);
    console = console_;
  }
  if (console) return console->write(bytes, timeout);
  const std::shared_ptr<const sys::Fd> held = input();
  if (!held) return fail(Errc::invalid_argument, "its input is closed, or not the task's to write");
  const auto deadline = process::Clock::now() + std::min<std::chrono::milliseconds>(timeout, std::chrono::hours(24));
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = sys::write_to_pipe(held->get(), bytes.substr(written));
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EPIPE) return fail(Errc::not_running, "nobody reads its input any more");
    if (errno != EAGAIN) return fail(Errc::system_error, "write to its pipe", errno);
    if (process::Clock::now() >= deadline || told()) break;
    pollfd wanted{held->get(), POLLOUT, 0};
    const timespec pause{0, 50'000'000};  // its end is looked for now and then: nobody reads the pipe afterwards
    sys::calls().poll(&wanted, 1, &pause);
  }
  return written;
}

Result<void> Member::close_input() {
  std::shared_ptr<const Console> console;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(input_is_closed_, true)) return {};
    input_.reset();
    console = console_;
  }
  if (const auto supervision = supervision_.lock()) supervision->write_down();
  if (!console || told()) return {};
  const Result<std::size_t> typed = console->write(end_of_file_character, std::chrono::seconds(1));
  return typed ? Result<void>() : typed.error();
}

std::shared_ptr<process::Operation> Member::make_wait(std::shared_ptr<Member> member, Timeout timeout) {
  return std::make_shared<Wait>(std::move(member), timeout);
}

Result<ExitStatus> Member::outcome_of_wait(process::Operation& wait) { return static_cast<Wait&>(wait).outcome(); }

}  // namespace crunc::task
