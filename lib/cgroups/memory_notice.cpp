// SPDX-License-Identifier: Apache-2.0
// v1's notifications of usage and of pressure.

#include <crunc/cgroups/events.hpp>

#include <string>

#include <fcntl.h>
#include <poll.h>

#include "cgroups/event_files.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

class NoticeSource final : public detail::WaitableFor<MemoryNotice> {
 public:
  NoticeSource(sys::Fd usage, sys::Fd event) : usage_(std::move(usage)), event_(std::move(event)) {}

  [[nodiscard]] int fd() const noexcept override { return event_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLIN; }
  [[nodiscard]] Result<MemoryNotice> read(bool /*woken*/) override {
    const std::uint64_t times = take_count(event_.get());
    const auto usage = read_event_file(usage_.get(), "memory.usage_in_bytes");
    if (!usage) return usage.error();
    // The end of a cgroup is told to all its listeners in the same way.
    return usage->has_value() ? MemoryNotice{.times = times} : MemoryNotice{.removed = true};
  }
  [[nodiscard]] bool is_news(const MemoryNotice& notice) const noexcept override { return notice != MemoryNotice{}; }

 private:
  sys::Fd usage_;  ///< tells by ENODEV that the cgroup is gone
  sys::Fd event_;
};

Result<std::shared_ptr<NoticeSource>> open_notice(const Directories& directories, const char* file,
                                                  const std::string& argument) {
  const auto place = directories.find(Controller::memory);
  if (!place) return Error(Errc::controller_unavailable, "watch memory: no directory of this controller");
  if (place->on_v2) return Error(Errc::unsupported, "watch memory: cgroup v2 has no such notifications");
  Result<sys::Fd> usage = open_event_file(place->fd, "memory.usage_in_bytes", O_RDONLY, Errc::controller_unavailable);
  if (!usage) return usage.error();
  // memory.pressure_level gives nothing to read, but can be opened for it.
  const Result<sys::Fd> watched = open_event_file(place->fd, file, O_RDONLY, Errc::unsupported);
  if (!watched) return watched.error();
  Result<sys::Fd> event = register_event(place->fd, watched->get(), argument);
  if (!event) return event.error();
  return std::make_shared<NoticeSource>(std::move(*usage), std::move(*event));
}

const char* word(PressureLevel level) noexcept {
  if (level == PressureLevel::critical) return "critical";
  return level == PressureLevel::medium ? "medium" : "low";
}

const char* word(PressureScope scope) noexcept {
  if (scope == PressureScope::local) return ",local";
  return scope == PressureScope::hierarchy ? ",hierarchy" : "";
}

}  // namespace

Result<MemoryNotices> MemoryNotices::at_usage(const Directories& directories, std::uint64_t bytes, Counted counted) {
  const char* const file = counted == Counted::memory ? "memory.usage_in_bytes" : "memory.memsw.usage_in_bytes";
  auto source = open_notice(directories, file, std::to_string(bytes));
  if (!source) return source.error();
  return MemoryNotices(std::move(*source));
}

Result<MemoryNotices> MemoryNotices::at_pressure(const Directories& directories, PressureLevel level,
                                                 PressureScope scope) {
  auto source = open_notice(directories, "memory.pressure_level", word(level) + std::string(word(scope)));
  if (!source) return source.error();
  return MemoryNotices(std::move(*source));
}

}  // namespace crunc::cgroups
