// SPDX-License-Identifier: Apache-2.0
// The order in which a task's events are told, and who is told.

#include "task/supervision.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/system_executor.hpp>

#include <crunc/async.hpp>

#include "process/wait_operation.hpp"
#include "sys/proc_stat.hpp"
#include "sys/process_ref.hpp"
#include "task/member_watch.hpp"

namespace crunc::task {
namespace {

boost::asio::any_io_executor executor_of(const Runc& runc) {
  const Executor::Holder* const holder = runc.options().executor.holder();
  return holder != nullptr ? holder->executor : boost::asio::any_io_executor(boost::asio::system_executor());
}

std::shared_ptr<ProcessMonitor> monitor_of(const Runc& runc) {
  if (runc.options().monitor) return runc.options().monitor;
  return std::make_shared<PidfdMonitor>();
}

class Nothing final : public process::Done {
 public:
  void operator()() override {}
};

/// A logger has ended.
class LoggerEnded final : public process::Done {
 public:
  LoggerEnded(std::weak_ptr<Supervision> supervision, std::weak_ptr<Member> member, std::shared_ptr<Process> logger)
      : supervision_(std::move(supervision)), member_(std::move(member)), logger_(std::move(logger)) {}

  void operator()() override {
    const auto supervision = supervision_.lock();
    const auto member = member_.lock();
    const std::shared_ptr<Process> process = member ? member->process() : nullptr;
    if (!supervision || !process || process->has_ended()) return;
    const std::optional<ExitStatus> status = logger_->poll();
    const std::string how = status ? status->to_string() : "unknown";
    Error error(Errc::system_error, "the logger ended before the process whose output it gets: " + how);
    error.container = supervision->id();
    supervision->lost_output(*member, 0, error);
  }

 private:
  std::weak_ptr<Supervision> supervision_;
  std::weak_ptr<Member> member_;
  std::shared_ptr<Process> logger_;
};

}  // namespace

Supervision::Supervision(Runc runc, std::string id, std::string bundle, std::string directory, bool owns_directory,
                         TaskOptions options)
    : runc_(std::move(runc)),
      id_(std::move(id)),
      bundle_(std::move(bundle)),
      directory_(std::move(directory)),
      owns_directory_(owns_directory),
      options_(std::move(options)),
      monitor_(monitor_of(runc_)) {}

std::shared_ptr<Member> Supervision::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(members_, id, [](const auto& each) -> std::string_view { return each->id(); });
  return found != members_.end() ? *found : nullptr;
}

std::vector<std::shared_ptr<Member>> Supervision::members() const {
  const std::lock_guard lock(mutex_);
  return members_;
}

Result<void> Supervision::identify(Member& member, pid_t pid, const StartTime& started) const {
  Result<std::shared_ptr<Process>> watched = monitor_->watch(pid);
  if (!watched && watched.error().code != Errc::not_running) return watched.error();
  const sys::SysResult<sys::ProcStat> stat = sys::read_proc_stat(pid);
  const bool is_stranger = stat ? !started.admits(stat->start_ticks) : started.is_known();
  if (!watched || is_stranger) {
    member.become(Process::make(sys::ProcessRef::of_the_reaped(pid), std::chrono::milliseconds::zero()),
                  started.earliest_ticks);
    return {};
  }
  member.become(std::move(*watched), stat ? stat->start_ticks : 0);
  return {};
}

Result<void> Supervision::add(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  if (is_over_) return Error(Errc::cancelled, "the task is supervised no longer");
  if (init_has_ended_) return Error(Errc::not_running, "the container's process has ended");
  const bool is_taken = std::ranges::any_of(members_, [&](const auto& each) { return each->id() == member->id(); });
  if (is_taken) return Error(Errc::already_exists, "a process was executed as " + member->id() + " already");
  members_.push_back(member);
  order_.starting(member->id());
  return {};
}

void Supervision::join(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  members_.push_back(member);
  order_.running(member->id());
}

void Supervision::drop(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  std::erase(members_, member);
}

Result<void> Supervision::forget(std::string_view exec_id) {
  const std::shared_ptr<Member> member = exec_id.empty() ? nullptr : find(exec_id);
  if (!member) return Error(Errc::container_not_found, "nothing was executed as " + std::string(exec_id));
  if (!member->told()) return Error(Errc::not_stopped, "what was executed as " + std::string(exec_id) + " still runs");
  drop(member);
  remove_pid_file(directory_, member->id());
  write_down();
  return {};
}

void Supervision::starting(std::string_view id) {
  const std::lock_guard lock(mutex_);
  order_.starting(id);
}

void Supervision::settled(std::string_view id, bool runs) {
  const std::shared_ptr<Member> member = find(id);
  {
    const std::lock_guard lock(mutex_);
    if (runs && member) {
      queue_.push_back({{.kind = TaskEvent::Kind::started, .process = std::string(id), .pid = member->pid()}});
    }
    order_.settled(id, runs);
    queue_exits();
  }
  deliver();
}

void Supervision::tell(TaskEvent event) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(event)});
  }
  deliver();
}

void Supervision::recall(const std::shared_ptr<Member>& member, const ExitStatus& status) {
  {
    const std::lock_guard lock(mutex_);
    if (member->id().empty()) init_has_ended_ = true;
    order_.ended(member->id());
    static_cast<void>(order_.take());
  }
  member->tell(status);
}

void Supervision::queue_exits() {
  for (const std::string& id : order_.take()) {
    const auto ending = std::ranges::find(endings_, id, &std::pair<std::string, Ending>::first);
    const auto member = std::ranges::find(members_, id, [](const auto& each) { return each->id(); });
    if (ending == endings_.end() || member == members_.end()) continue;
    queue_.push_back({.event = {.kind = TaskEvent::Kind::exited,
                                .process = id,
                                .pid = (*member)->pid(),
                                .status = ending->second.status,
                                .output_pending = ending->second.output_pending},
                      .ended = *member});
    endings_.erase(ending);
  }
}

/// An exit is written down before it is told, so that it is known after a crash in between. The handles hear of it
/// last.
void Supervision::tell_one(const Item& item) {
  if (item.ended) {
    item.ended->note_exit(*item.event.status);
    write_down();
  }
  if (options_.on_event) options_.on_event(item.event);
  if (item.ended) item.ended->tell(*item.event.status);
}

void Supervision::deliver() noexcept {
  std::unique_lock lock(mutex_);
  if (std::exchange(is_delivering_, true)) return;
  while (!queue_.empty()) {
    const Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    tell_one(item);
    lock.lock();
  }
  is_delivering_ = false;
}

void Supervision::start(std::shared_ptr<process::Operation> operation) {
  auto driver = std::make_shared<process::AsyncDriver>(std::move(operation), executor_of(runc_));
  {
    const std::lock_guard lock(mutex_);
    if (is_over_) return;
    std::erase_if(drivers_, [](const auto& each) { return each.expired(); });
    drivers_.push_back(driver);
  }
  driver->start({}, std::make_unique<Nothing>());
}

void Supervision::drive(const std::shared_ptr<Member>& member) {
  member->take_ends();
  start(std::make_shared<MemberWatch>(shared_from_this(), member));
  bool is_late = false;
  {
    const std::lock_guard lock(mutex_);
    is_late = init_has_ended_ && !member->id().empty();
  }
  // The call that made it was under way as the first process ended, and those were signalled that were there.
  if (is_late) static_cast<void>(member->process()->signal(SIGKILL));
}

/// It goes on when the supervision has ended: a child has to be reaped.
void Supervision::look_after(const std::shared_ptr<Member>& member, const std::shared_ptr<Process>& logger) {
  member->took_logger(*logger);
  write_down();
  const auto driver = std::make_shared<process::AsyncDriver>(
      std::make_shared<process::WaitOperation>(logger, std::nullopt), executor_of(runc_));
  driver->start({}, std::make_unique<LoggerEnded>(weak_from_this(), member, logger));
}

void Supervision::noticed_end(const Member& member) {
  look_for_oom();
  if (!member.id().empty()) return;
  std::vector<std::shared_ptr<Member>> others;
  {
    const std::lock_guard lock(mutex_);
    init_has_ended_ = true;
    others = members_;
  }
  // The kernel has ended them if they had a pid namespace with it. Otherwise they would be left without a container.
  for (const auto& each : others) {
    const std::shared_ptr<Process> process = each->id().empty() ? nullptr : each->process();
    if (process) static_cast<void>(process->signal(SIGKILL));
  }
}

void Supervision::ended(const Member& member, const ExitStatus& status, bool output_pending) {
  {
    const std::lock_guard lock(mutex_);
    endings_.emplace_back(member.id(), Ending{status, output_pending});
    order_.ended(member.id());
    queue_exits();
  }
  deliver();
}

void Supervision::wait_no_longer() {
  {
    const std::lock_guard lock(mutex_);
    order_.wait_no_longer();
    queue_exits();
  }
  deliver();
}

void Supervision::lost_output(const Member& member, std::uint64_t bytes, const Error& error) {
  tell({.kind = TaskEvent::Kind::output_lost,
        .process = member.id(),
        .pid = member.pid(),
        .lost_bytes = bytes,
        .error = error});
}

void Supervision::end() {
  std::vector<std::weak_ptr<process::AsyncDriver>> drivers;
  std::vector<std::shared_ptr<Member>> members;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    drivers = std::move(drivers_);
    members = members_;
  }
  for (const auto& each : drivers) {
    if (const auto driver = each.lock()) driver->cancel(process::Urgency::at_once);
  }
  for (const auto& each : members) each->give_up();
}

}  // namespace crunc::task
