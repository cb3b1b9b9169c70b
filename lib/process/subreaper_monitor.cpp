// SPDX-License-Identifier: Apache-2.0
// The monitor that owns all children: a thread that looks at whoever has ended, finds out whose it is, and reaps it
// only then. While it is a zombie its pid cannot be used anew, so no exit is taken for another's.

#include <atomic>
#include <condition_variable>
#include <string>
#include <thread>

#include <crunc/monitor.hpp>

#include "process/exit_table.hpp"
#include "sys/children.hpp"
#include "sys/process_ref.hpp"

namespace crunc {

using std::chrono::milliseconds;

namespace {

std::atomic<bool> exists{false};  // of this process; a second one would take the first one's children for nobody's

}  // namespace

/// Shared by the monitor and its thread.
class __attribute__((visibility("hidden"))) SubreaperMonitor::Reaper {
 public:
  explicit Reaper(SubreaperOptions options)
      : table(options.remembered), on_unknown_exit_(std::move(options.on_unknown_exit)) {}

  void reap_all();
  void request_stop() {
    stop_ = true;
    wake();
  }
  /// It is not waited for any more, and a successor may be at work.
  void abandon() { is_abandoned_ = true; }
  /// A child was made.
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      ++children_made_;
    }
    wakeup_.notify_all();
  }

  process::ExitTable table;

 private:
  [[nodiscard]] std::uint64_t children_made() {
    const std::lock_guard lock(mutex_);
    return children_made_;
  }
  void reap(pid_t pid);
  void wait_for_children(std::uint64_t made_before);

  const std::function<void(pid_t, const ExitStatus&)> on_unknown_exit_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_abandoned_{false};
  std::mutex mutex_{};
  std::condition_variable wakeup_{};
  std::uint64_t children_made_ = 0;
};

void SubreaperMonitor::Reaper::reap_all() {
  while (!stop_) {
    const std::uint64_t made_before = children_made();
    const sys::SysResult<pid_t> ended = sys::wait_for_any_child();
    if (is_abandoned_) return;
    if (ended) {
      reap(*ended);
    } else {
      wait_for_children(made_before);
    }
  }
  while (const std::optional<pid_t> ended = sys::find_ended_child()) reap(*ended);  // no zombie is left behind
}

void SubreaperMonitor::Reaper::reap(pid_t pid) {
  std::optional<ExitStatus> status;
  const bool is_known = table.attribute(pid, [&] {
    status = sys::ProcessRef::of_child(pid, sys::Fd()).try_reap().status;
    return status;
  });
  if (!is_known && on_unknown_exit_) on_unknown_exit_(pid, *status);
}

/// There is no child at all. Those that start() makes wake us; those of others, and orphans, are looked for.
void SubreaperMonitor::Reaper::wait_for_children(std::uint64_t made_before) {
  constexpr milliseconds look_interval{100};
  std::unique_lock lock(mutex_);
  wakeup_.wait_for(lock, look_interval, [&] { return stop_ || children_made_ != made_before; });
}

Result<std::shared_ptr<SubreaperMonitor>> SubreaperMonitor::start(SubreaperOptions options) {
  if (exists.exchange(true)) return Error(Errc::already_exists, "this process has a SubreaperMonitor");
  const sys::SysResult<bool> was_subreaper = sys::is_subreaper();
  const std::error_code error = was_subreaper ? sys::set_subreaper(true) : was_subreaper.error();
  if (error) {
    exists = false;
    return Error(Errc::system_error, "become a child subreaper", error);
  }
  auto reaper = std::make_shared<Reaper>(std::move(options));
  try {
    std::thread thread([reaper] {
      sys::block_all_signals();
      reaper->reap_all();
    });
    return std::shared_ptr<SubreaperMonitor>(new SubreaperMonitor(reaper, std::move(thread), *was_subreaper));
  } catch (const std::system_error& no_thread) {
    static_cast<void>(sys::set_subreaper(*was_subreaper));
    exists = false;
    return Error(Errc::system_error, "start the reaper's thread", no_thread.code());
  }
}

SubreaperMonitor::SubreaperMonitor(std::shared_ptr<Reaper> reaper, std::thread thread, bool was_subreaper) noexcept
    : reaper_(std::move(reaper)), thread_(std::move(thread)), was_subreaper_(was_subreaper) {}

SubreaperMonitor::~SubreaperMonitor() {
  reaper_->request_stop();
  // The thread waits for any child to end: here is one.
  if (const sys::SysResult<sys::ProcessRef> child = sys::make_ended_child()) {
    thread_.join();
    child->reap();
  } else {
    reaper_->abandon();  // it will see that when the next child ends
    thread_.detach();
  }
  static_cast<void>(sys::set_subreaper(was_subreaper_));
  exists = false;
}

void SubreaperMonitor::start(const Make& make) {
  reaper_->table.start([&] {
    std::shared_ptr<Process> child = make();
    reaper_->wake();
    return child;
  });
}
void SubreaperMonitor::follow(const std::shared_ptr<Process>& process) { reaper_->table.follow(process); }
std::optional<ExitStatus> SubreaperMonitor::recall(pid_t pid) { return reaper_->table.recall(pid); }
milliseconds SubreaperMonitor::patience() const noexcept { return std::chrono::seconds(2); }

}  // namespace crunc
