// SPDX-License-Identifier: Apache-2.0
// What all monitors have in common, and the two that need no thread.

#include <algorithm>

#include <crunc/monitor.hpp>

#include "process/exit_table.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_ref.hpp"

namespace crunc {

using std::chrono::milliseconds;
using sys::Kin;
using sys::ProcessRef;

namespace {

Error no_process(pid_t pid) { return Error(Errc::not_running, "there is no process " + std::to_string(pid)); }

/// Who may not look at a zombie (another user's) learns its status once its parent has reaped it, from Linux 6.15 on.
constexpr milliseconds patience_with_parents{100};

Kin kin_of(const WatchOptions& options) { return options.reap ? Kin::child : Kin::stranger; }

}  // namespace

ProcessMonitor::~ProcessMonitor() = default;

Result<std::shared_ptr<Process>> ProcessMonitor::watch(pid_t pid, const WatchOptions& options) {
  if (pid <= 0) return Error(Errc::invalid_argument, "no process id: " + std::to_string(pid));
  sys::SysResult<ProcessRef> ref = ProcessRef::open(pid, kin_of(options));
  if (ref) {
    std::shared_ptr<Process> process = Process::make(std::move(*ref), std::max(patience(), patience_with_parents));
    follow(process);
    return process;
  }
  if (ref.error() != std::errc::no_such_process) {
    return Error(Errc::system_error, "get a handle of process " + std::to_string(pid), ref.error());
  }
  const std::optional<ExitStatus> remembered = recall(pid);
  if (!remembered) return no_process(pid);
  std::shared_ptr<Process> process = Process::make(ProcessRef::of_the_reaped(pid), milliseconds::zero());
  process->deliver(*remembered);
  return process;
}

Result<std::shared_ptr<Process>> ProcessMonitor::watch(Descriptor pidfd, const WatchOptions& options) {
  const sys::SysResult<pid_t> pid = sys::pid_of(pidfd.fd());
  if (!pid) {
    if (pid.error() == std::errc::bad_file_descriptor) return Error(Errc::malformed_output, "not a pidfd");
    return Error(Errc::system_error, "look at the pidfd in /proc", pid.error());
  }
  if (*pid < 0) return Error(Errc::not_running, "the process of the pidfd was reaped before");
  std::shared_ptr<Process> process =
      Process::make(ProcessRef::of_pidfd(*pid, sys::Fd(pidfd.release()), kin_of(options)),
                    std::max(patience(), patience_with_parents));
  follow(process);
  return process;
}

void PidfdMonitor::start(const Make& make) { static_cast<void>(make()); }
void PidfdMonitor::follow(const std::shared_ptr<Process>&) {}
std::optional<ExitStatus> PidfdMonitor::recall(pid_t) { return std::nullopt; }
milliseconds PidfdMonitor::patience() const noexcept { return milliseconds::zero(); }

HostFedMonitor::HostFedMonitor(const HostFedOptions& options)
    : table_(std::make_unique<process::ExitTable>(options.remembered)), patience_(options.patience) {}
HostFedMonitor::~HostFedMonitor() = default;

bool HostFedMonitor::notify(pid_t pid, int wait_status, const std::optional<ResourceUsage>& usage) {
  ExitStatus status = ExitStatus::from_wait_status(wait_status);
  if (usage) status.set_usage(*usage);
  return table_->attribute(pid, [&] { return std::optional(status); });
}

void HostFedMonitor::start(const Make& make) { table_->start(make); }
void HostFedMonitor::follow(const std::shared_ptr<Process>& process) { table_->follow(process); }
std::optional<ExitStatus> HostFedMonitor::recall(pid_t pid) { return table_->recall(pid); }
milliseconds HostFedMonitor::patience() const noexcept { return patience_; }

}  // namespace crunc
