// SPDX-License-Identifier: Apache-2.0
// class Task and class TaskProcess: each call is an operation, made here and driven by either face.

#include <crunc/task.hpp>

#include <utility>

#include <crunc/cgroups/directories.hpp>
#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "process/operation.hpp"
#include "task/creation.hpp"
#include "task/execution.hpp"
#include "task/finding.hpp"
#include "task/removal.hpp"
#include "task/supervision.hpp"
#include "task/verb_call.hpp"

namespace crunc {

namespace fs = std::filesystem;
using detail::Prepared;
using process::block;
using process::Operation;
using task::Creation;
using task::Execution;
using task::Finding;
using task::Member;
using task::Removal;
using task::Supervision;
using task::VerbCall;
using task::Verbs;

const char* to_string(TaskEvent::Kind kind) noexcept {
  switch (kind) {
    case TaskEvent::Kind::created: return "created";
    case TaskEvent::Kind::started: return "started";
    case TaskEvent::Kind::oom: return "oom";
    case TaskEvent::Kind::exited: return "exited";
    case TaskEvent::Kind::paused: return "paused";
    case TaskEvent::Kind::resumed: return "resumed";
    case TaskEvent::Kind::checkpointed: return "checkpointed";
    case TaskEvent::Kind::output_lost: return "output_lost";
    case TaskEvent::Kind::removed: return "removed";
  }
  return "unknown";
}

// TaskProcess

const std::string& TaskProcess::id() const noexcept { return member_->id(); }
pid_t TaskProcess::pid() const { return member_->pid(); }
std::optional<ExitStatus> TaskProcess::exit_status() const { return member_->told(); }
Result<void> TaskProcess::kill(Signal signal) const { return member_->signal(signal); }
Result<void> TaskProcess::resize(Winsize size) const { return member_->resize(size); }
Result<std::size_t> TaskProcess::write_stdin(std::string_view bytes, std::chrono::milliseconds timeout) const {
  return member_->write_input(bytes, timeout);
}
Result<void> TaskProcess::close_stdin() const { return member_->close_input(); }

Prepared<ExitStatus> TaskProcess::prepare(const WaitOptions& options) const {
  return {Member::make_wait(member_, options.timeout), options.stop,
          [](Operation& operation) { return Member::outcome_of_wait(operation); }};
}
Result<ExitStatus> TaskProcess::wait(const WaitOptions& options) const { return block(prepare(options)); }

// Task

/// What its copies share: with the last of them the supervision ends.
struct Task::Handle {
  explicit Handle(std::shared_ptr<Supervision> shared) : supervision(std::move(shared)) {}
  ~Handle() { supervision->end(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  const std::shared_ptr<Supervision> supervision;
};

template <class Making>
Result<Task> Task::made_by(Operation& operation) {
  const auto& making = static_cast<const Making&>(operation);
  if (making.error()) return *making.error();
  return Task(std::make_shared<const Handle>(making.supervision()));
}

Prepared<Task> Task::prepare_creation(const Runc& runc, std::string_view id, const fs::path& bundle,
                                      const TaskOptions& options) {
  return {std::make_shared<Creation>(runc, id, bundle, options), options.stop, &Task::made_by<Creation>};
}
Result<Task> Task::create(const Runc& runc, std::string_view id, const fs::path& bundle, const TaskOptions& options) {
  return block(prepare_creation(runc, id, bundle, options));
}

Prepared<Task> Task::prepare_restore(const Runc& runc, std::string_view id, const fs::path& bundle,
                                     const RestoreOptions& restore, const TaskOptions& options) {
  return {std::make_shared<Creation>(runc, id, bundle, options, restore), options.stop, &Task::made_by<Creation>};
}
Result<Task> Task::restore(const Runc& runc, std::string_view id, const fs::path& bundle, const RestoreOptions& restore,
                           const TaskOptions& options) {
  return block(prepare_restore(runc, id, bundle, restore, options));
}

Prepared<Task> Task::prepare_finding(const Runc& runc, std::optional<std::string> id, const TaskOptions& options) {
  return {std::make_shared<Finding>(runc, std::move(id), options), options.stop, &Task::made_by<Finding>};
}
Result<Task> Task::attach(const Runc& runc, std::string_view id, const TaskOptions& options) {
  return block(prepare_finding(runc, std::string(id), options));
}
Result<Task> Task::reattach(const Runc& runc, const TaskOptions& options) {
  return block(prepare_finding(runc, std::nullopt, options));
}

const std::string& Task::id() const noexcept { return handle_->supervision->id(); }
const Executor& Task::executor() const noexcept { return handle_->supervision->runc().options().executor; }
TaskProcess Task::init() const { return TaskProcess(handle_->supervision->init()); }

std::optional<TaskProcess> Task::process(std::string_view exec_id) const {
  std::shared_ptr<Member> member = exec_id.empty() ? nullptr : handle_->supervision->find(exec_id);
  return member && member->process() ? std::optional(TaskProcess(std::move(member))) : std::nullopt;
}

std::vector<TaskProcess> Task::processes() const {
  std::vector<TaskProcess> result;
  for (auto& each : handle_->supervision->members()) {
    if (!each->id().empty() && each->process()) result.emplace_back(std::move(each));
  }
  return result;
}

Prepared<TaskProcess> Task::prepare_exec(std::string_view exec_id, const Exactly<oci::Process>& process,
                                         const TaskExecOptions& options) const {
  return {std::make_shared<Execution>(handle_->supervision, exec_id, process, options), options.stop,
          [](Operation& operation) {
            const auto& execution = static_cast<const Execution&>(operation);
            return execution.error() ? Result<TaskProcess>(*execution.error()) : TaskProcess(execution.member());
          }};
}
Result<TaskProcess> Task::exec(std::string_view exec_id, const Exactly<oci::Process>& process,
                               const TaskExecOptions& options) const {
  return block(prepare_exec(exec_id, process, options));
}

Result<void> Task::forget(std::string_view exec_id) const { return handle_->supervision->forget(exec_id); }
Result<void> Task::kill_all(Signal signal) const { return handle_->supervision->kill_all(signal); }

namespace {

/// A call of the runtime whose success is an event.
template <class T>
Prepared<T> prepare_verb(const std::shared_ptr<Supervision>& supervision, Prepared<T> call, TaskEvent::Kind event) {
  std::stop_token stop = call.stop;
  auto after = [supervision, event](const Result<T>& outcome) {
    if (outcome) supervision->tell({.kind = event});
  };
  return {std::make_shared<VerbCall<T>>(std::move(call), nullptr, std::move(after)), std::move(stop),
          [](Operation& operation) { return static_cast<VerbCall<T>&>(operation).outcome(); }};
}

}  // namespace

Prepared<void> Task::prepare_start(const StartOptions& options) const {
  const std::shared_ptr<Supervision>& supervision = handle_->supervision;
  Prepared<void> call = Verbs::prepare(supervision->runc(), std::string_view(id()), options);
  return {std::make_shared<VerbCall<void>>(
              std::move(call), [supervision] { supervision->starting(""); },
              [supervision](const Result<void>& outcome) { supervision->settled("", outcome.has_value()); }),
          options.stop, [](Operation& operation) { return static_cast<VerbCall<void>&>(operation).outcome(); }};
}
Result<void> Task::start(const StartOptions& options) const { return block(prepare_start(options)); }

Prepared<void> Task::prepare_pause(const PauseOptions& options) const {
  const Runc& runc = handle_->supervision->runc();
  return prepare_verb(handle_->supervision, Verbs::prepare(runc, std::string_view(id()), options),
                      TaskEvent::Kind::paused);
}
Result<void> Task::pause(const PauseOptions& options) const { return block(prepare_pause(options)); }

Prepared<void> Task::prepare_resume(const ResumeOptions& options) const {
  const Runc& runc = handle_->supervision->runc();
  return prepare_verb(handle_->supervision, Verbs::prepare(runc, std::string_view(id()), options),
                      TaskEvent::Kind::resumed);
}
Result<void> Task::resume(const ResumeOptions& options) const { return block(prepare_resume(options)); }

Prepared<void> Task::prepare_update(const Exactly<oci::LinuxResources>& resources, const UpdateOptions& options) const {
  return Verbs::prepare(handle_->supervision->runc(), std::string_view(id()), resources, options);
}
Result<void> Task::update(const Exactly<oci::LinuxResources>& resources, const UpdateOptions& options) const {
  return block(prepare_update(resources, options));
}

Prepared<Checkpointed> Task::prepare_checkpoint(const CheckpointOptions& options) const {
  const std::shared_ptr<Supervision>& supervision = handle_->supervision;
  Prepared<Checkpointed> call = Verbs::prepare(supervision->runc(), std::string_view(id()), options);
  const auto before = [supervision] { supervision->starting(""); };  // its end comes of this, and is told after it
  const auto after = [supervision](const Result<Checkpointed>& outcome) {
    if (outcome) supervision->tell({.kind = TaskEvent::Kind::checkpointed});
    supervision->settled("", false);
  };
  return {std::make_shared<VerbCall<Checkpointed>>(std::move(call), before, after), options.stop,
          [](Operation& operation) { return static_cast<VerbCall<Checkpointed>&>(operation).outcome(); }};
}
Result<Checkpointed> Task::checkpoint(const CheckpointOptions& options) const {
  return block(prepare_checkpoint(options));
}

Prepared<void> Task::prepare_remove(const TaskRemoveOptions& options) const {
  return {std::make_shared<Removal>(handle_->supervision, options), options.stop,
          [](Operation& operation) { return static_cast<Removal&>(operation).result(); }};
}
Result<void> Task::remove(const TaskRemoveOptions& options) const { return block(prepare_remove(options)); }

Result<cgroups::Sample> Task::stats(cgroups::StatMask mask) const {
  const Result<std::shared_ptr<cgroups::Cgroup>> cgroup = handle_->supervision->cgroup();
  if (!cgroup) return cgroup.error();
  return cgroups::read_stats(cgroups::directories_of(**cgroup), mask);
}

Result<std::vector<pid_t>> Task::pids() const {
  const Result<std::shared_ptr<cgroups::Cgroup>> cgroup = handle_->supervision->cgroup();
  if (!cgroup) return cgroup.error();
  return (*cgroup)->processes(cgroups::Recursion::descendants);
}

}  // namespace crunc
