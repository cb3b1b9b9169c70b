// SPDX-License-Identifier: Apache-2.0
// The monitor that is told of all exits by the kernel: a thread that reads its events and attributes them.

#include <mutex>
#include <vector>

#include <sys/eventfd.h>

#include <crunc/monitor.hpp>

#include "process/exit_table.hpp"
#include "sys/calls.hpp"
#include "sys/children.hpp"
#include "sys/proc_events.hpp"
#include "sys/process_ref.hpp"

namespace crunc {

using std::chrono::milliseconds;

class __attribute__((visibility("hidden"))) ProcEventsMonitor::Listener {
 public:
  Listener(sys::Fd socket, sys::Fd stop, std::size_t remembered)
      : table(remembered), socket_(std::move(socket)), stop_(std::move(stop)) {}
  ~Listener() { sys::unsubscribe_proc_events(socket_.get()); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void listen() {
    for (;;) {
      pollfd entries[] = {{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                          {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
      if (sys::calls().poll(entries, 2, nullptr) < 0) continue;
      if (entries[1].revents != 0) return;
      catch_up();
    }
  }
  void request_stop() {
    const std::uint64_t one = 1;
    static_cast<void>(sys::calls().write(stop_.get(), &one, sizeof one));
  }

  /// Attributes all that has happened until now. An exit of another process that had a pid before is then forgotten.
  void catch_up() {
    const std::lock_guard in_order(reading_);
    std::error_code error;
    do {
      events_.clear();
      error = sys::read_proc_events(socket_.get(), events_);
      for (const sys::ProcEvent& event : events_) take(event);
      // Births may be among what was lost, too.
      if (error == std::errc::no_buffer_space) table.forget_all();
    } while (error == std::errc::no_buffer_space);
  }

  process::ExitTable table;

 private:
  void take(const sys::ProcEvent& event) {
    if (event.kind == sys::ProcEvent::Kind::born) table.forget(event.process);
    if (event.kind != sys::ProcEvent::Kind::ended) return;
    // A thread that is not the last changes nothing: its process has not ended, and hears of the next one, too.
    table.attribute(event.process, [&] { return std::optional(ExitStatus::from_wait_status(event.wait_status)); });
  }

  std::mutex reading_{};
  sys::Fd socket_;
  sys::Fd stop_;
  std::vector<sys::ProcEvent> events_{};
};

Result<std::shared_ptr<ProcEventsMonitor>> ProcEventsMonitor::start(const ProcEventsOptions& options) {
  sys::SysResult<sys::Fd> socket = sys::subscribe_proc_events(options.patience);
  if (!socket) return Error(Errc::system_error, "subscribe to the kernel's process events", socket.error());
  sys::Fd stop(sys::calls().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) {
    const std::error_code error = sys::last_error();
    sys::unsubscribe_proc_events(socket->get());
    return Error(Errc::system_error, "make an eventfd", error);
  }
  auto listener = std::make_unique<Listener>(std::move(*socket), std::move(stop), options.remembered);
  try {
    std::thread thread([&heard = *listener] {
      sys::block_all_signals();
      heard.listen();
    });
    return std::shared_ptr<ProcEventsMonitor>(new ProcEventsMonitor(std::move(listener), std::move(thread)));
  } catch (const std::system_error& no_thread) {
    return Error(Errc::system_error, "start the listener's thread", no_thread.code());
  }
}

ProcEventsMonitor::ProcEventsMonitor(std::unique_ptr<Listener> listener, std::thread thread) noexcept
    : listener_(std::move(listener)), thread_(std::move(thread)) {}

ProcEventsMonitor::~ProcEventsMonitor() {
  listener_->request_stop();
  thread_.join();
}

// Children are for their Process to reap: told of their end before that, it would leave a zombie.
void ProcEventsMonitor::start(const Make& make) { static_cast<void>(make()); }
void ProcEventsMonitor::follow(const std::shared_ptr<Process>& process) {
  if (process->ref().kin() == sys::Kin::child) return;
  listener_->catch_up();
  listener_->table.follow(process);
}
std::optional<ExitStatus> ProcEventsMonitor::recall(pid_t pid) {
  listener_->catch_up();
  return listener_->table.recall(pid);
}
milliseconds ProcEventsMonitor::patience() const noexcept { return std::chrono::seconds(1); }

}  // namespace crunc
