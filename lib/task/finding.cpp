// SPDX-License-Identifier: Apache-2.0
// attach and reattach.

#include "task/finding.hpp"

#include <algorithm>
#include <utility>

#include "task/directory.hpp"
#include "task/verbs.hpp"

namespace crunc::task {

using process::Operation;

namespace {

/// A callback is nothing that could be written down: it is given anew.
TaskIo with_callbacks_of(TaskIo recorded, const TaskIo& given) {
  if (recorded.out.kind() == Sink::Kind::callback) recorded.out = given.out;
  if (recorded.err.kind() == Sink::Kind::callback) recorded.err = given.err;
  return recorded;
}

}  // namespace

Finding::Finding(Runc runc, std::optional<std::string> id, TaskOptions options)
    : Steps(&Finding::begin), runc_(std::move(runc)), is_ours_(!id), options_(std::move(options)) {
  if (id) record_.id = std::move(*id);
}

std::shared_ptr<Operation> Finding::fail(Error error) {
  error.operation = is_ours_ ? "reattach" : "attach";
  if (error.container.empty()) error.container = record_.id;
  error_ = std::move(error);
  if (supervision_ && !is_ours_) supervision_->clean_up();
  return nullptr;
}

std::shared_ptr<Operation> Finding::begin() {
  if (is_cancelled()) return fail(Error(Errc::cancelled, ""));
  if (is_ours_) {
    if (options_.directory.empty()) return fail(Error(Errc::invalid_argument, "the directory of the task is needed"));
    Result<Record> record = load(options_.directory->string());
    if (!record) {
      // Its first record may have been under way, and no container is made before that is there.
      if (record.error().code == Errc::container_not_found) remove_unfinished_record(options_.directory->string());
      return fail(record.error());
    }
    record_ = std::move(*record);
  }
  looking_ = Verbs::prepare(runc_, std::string_view(record_.id), StateOptions{.timeout = options_.timeout});
  then(&Finding::after_state);
  return looking_->operation;
}

std::shared_ptr<Operation> Finding::after_state() {
  const Result<Container> container = finish(*looking_);
  const bool is_missing = !container && container.error().code == Errc::container_not_found;
  if (is_ours_ && (is_missing || (container && container->pid <= 0)) && was_never_made()) return heal();
  if (is_ours_ && is_missing) clean_up();
  if (!container) return fail(container.error());
  const Result<void> found = is_ours_ ? take_up(*container) : adopt(*container);
  if (!found) return fail(found.error());
  return start_logger();
}

/// The supervisor ended in the midst of a create, and what that has left is of no use.
bool Finding::was_never_made() const {
  const auto init = std::ranges::find(record_.processes, "", &ProcessRecord::id);
  return init == record_.processes.end() || init->process.pid == 0;
}

std::shared_ptr<Operation> Finding::heal() {
  removing_ = Verbs::prepare(runc_, std::string_view(record_.id), RemoveOptions{.force = true});
  then(&Finding::after_healing);
  return removing_->operation;
}

std::shared_ptr<Operation> Finding::after_healing() {
  const Result<void> removed = finish(*removing_);
  if (!removed && removed.error().code != Errc::container_not_found) return fail(removed.error());
  clean_up();
  return fail(Error(Errc::container_not_found, "the supervisor ended before it was made"));
}

void Finding::clean_up() const {
  Supervision(runc_, record_.id, record_.bundle, options_.directory->string(), record_.made_directory, options_)
      .clean_up(record_);
}

Result<void> Finding::adopt(const Container& container) {
  if (container.pid <= 0) return Error(Errc::not_running, "it has stopped");
  Result<Directory> directory = make_directory(options_.directory);
  if (!directory) return directory.error();
  supervision_ =
      std::make_shared<Supervision>(runc_, record_.id, container.bundle, directory->path, directory->is_new, options_);
  auto member = std::make_shared<Member>("", TaskIo{}, supervision_);
  if (Result<void> known = supervision_->identify(*member, container.pid, {}); !known) return known;
  supervision_->find_cgroup(container.pid);
  members_.emplace_back(std::move(member), std::nullopt);
  return {};
}

Result<void> Finding::take_up(const Container& container) {
  std::error_code error;
  const std::string directory = std::filesystem::absolute(options_.directory, error).lexically_normal().string();
  if (error) return Error(Errc::system_error, "find the working directory", error);
  supervision_ =
      std::make_shared<Supervision>(runc_, record_.id, record_.bundle, directory, record_.made_directory, options_);
  supervision_->load_cgroup(record_.cgroup_paths, record_.oom_kills);
  for (const ProcessRecord& each : record_.processes) {
    Result<std::shared_ptr<Member>> member = take_up(each, container);
    if (!member) return member.error();
    if (*member) members_.emplace_back(std::move(*member), each.exit);
  }
  return {};
}

/// Null: a call that was under way when the supervisor ended has come to nothing.
Result<std::shared_ptr<Member>> Finding::take_up(const ProcessRecord& record, const Container& container) {
  auto member = std::make_shared<Member>(record.id, with_callbacks_of(record.io, options_.io), supervision_);
  pid_t pid = record.process.pid;
  StartTime started = StartTime::exactly(record.process.start_ticks);
  if (pid == 0) {
    started = {};
    pid = record.id.empty() ? container.pid : supervision_->pid_of_unknown(record.id);
    if (pid <= 0 && record.id.empty()) return Error(Errc::not_running, "it was never made");
    if (pid <= 0) {
      remove_pid_file(supervision_->directory(), record.id);
      return std::shared_ptr<Member>();
    }
    if (record.id.empty()) supervision_->find_cgroup(pid);
  }
  if (Result<void> known = supervision_->identify(*member, pid, started); !known) return known.error();
  if (record.exit) return member;
  if (Result<void> taken = member->take_up_streams(record, supervision_->pids_around(pid)); !taken)
    return taken.error();
  return member;
}

/// One that has ended meanwhile leaves its outputs to the next. One that lives has them open, and what it has read is
/// not read twice.
std::shared_ptr<Operation> Finding::start_logger() {
  for (auto& [member, exit] : members_) {
    std::optional<Streams::LoggerPlan> plan = member->streams().next_logger();
    if (!plan) continue;
    logger_ = std::make_shared<LoggerStart>(std::move(plan->command), std::move(plan->inputs),
                                            supervision_->runc().options().monitor);
    logged_ = member;
    then(&Finding::after_logger);
    return logger_;
  }
  begin_supervision();
  return nullptr;
}

std::shared_ptr<Operation> Finding::after_logger() {
  const Result<std::shared_ptr<Process>> started = logger_->result();
  if (!started) return fail(started.error());
  supervision_->look_after(logged_, *started);
  return start_logger();
}

void Finding::begin_supervision() {
  for (auto& [member, exit] : members_) supervision_->join(member);
  for (auto& [member, exit] : members_) {
    if (exit) {
      supervision_->recall(member, *exit);
    } else {
      supervision_->drive(member);
    }
  }
  supervision_->drive_oom();
  supervision_->write_down();
}

}  // namespace crunc::task
