// SPDX-License-Identifier: Apache-2.0
// Whether a cgroup has processes, and whether they are frozen.

#include <crunc/cgroups/events.hpp>

#include <fcntl.h>
#include <poll.h>

#include "cgroups/event_files.hpp"

namespace crunc::cgroups {
namespace {

class PopulatedSource final : public detail::WaitableFor<PopulatedEvent> {
 public:
  explicit PopulatedSource(sys::Fd file) : file_(std::move(file)) {}

  [[nodiscard]] int fd() const noexcept override { return file_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLPRI; }
  [[nodiscard]] Result<PopulatedEvent> read(bool /*woken*/) override {
    const auto text = read_event_file(file_.get(), "cgroup.events");
    if (!text) return text.error();
    // A cgroup that is gone (systemd removes a scope at once) lost its last process before, seen or not.
    const CoreState now = *text ? parse_core_events(**text) : CoreState{};
    const bool changed = now != state_;
    state_ = now;
    return PopulatedEvent{
        .populated = now.populated, .frozen = now.frozen, .changed = changed, .removed = !text->has_value()};
  }
  [[nodiscard]] bool is_news(const PopulatedEvent& event) const noexcept override {
    return event.changed || event.removed;
  }

 private:
  sys::Fd file_;
  CoreState state_{};
};

}  // namespace

Result<PopulatedEvents> PopulatedEvents::open(const Directories& directories) {
  const int dirfd = directories.unified_fd();
  if (dirfd < 0) return Error(Errc::unsupported, "watch a cgroup's processes: no directory of cgroup v2");
  Result<sys::Fd> file = open_event_file(dirfd, "cgroup.events", O_RDONLY, Errc::unsupported);
  if (!file) return file.error();
  auto source = std::make_shared<PopulatedSource>(std::move(*file));
  const Result<PopulatedEvent> now = source->read(false);
  if (!now) return now.error();
  if (now->removed) return Error(Errc::cgroup_gone, "read cgroup.events");
  return PopulatedEvents(std::move(source));
}

}  // namespace crunc::cgroups
