// SPDX-License-Identifier: Apache-2.0
// Triggers of pressure stall information. The kernel keeps one bit for each, which the first poll(2) takes.

#include <crunc/cgroups/events.hpp>

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <poll.h>

#include "cgroups/event_files.hpp"
#include "cgroups/parse.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::array files{"cpu.pressure", "memory.pressure", "io.pressure"};
constexpr std::array system_files{"/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io"};
constexpr int flags = O_RDWR | O_NONBLOCK;

class TriggerSource final : public detail::WaitableFor<PressureEvent> {
 public:
  TriggerSource(sys::Fd file, const PressureThreshold& threshold) : file_(std::move(file)), threshold_(threshold) {}

  Result<void> arm();
  [[nodiscard]] int fd() const noexcept override { return file_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLPRI; }
  [[nodiscard]] Result<PressureEvent> read(bool woken) override;
  [[nodiscard]] bool is_news(const PressureEvent& event) const noexcept override {
    return event.fired || event.removed;
  }

 private:
  [[nodiscard]] const char* name() const noexcept { return files.at(static_cast<std::size_t>(threshold_.resource)); }
  [[nodiscard]] bool take_event() const noexcept;
  [[nodiscard]] StallTime total(const Pressure& pressure) const noexcept;

  sys::Fd file_;
  PressureThreshold threshold_;
  StallTime seen_{};  ///< the total when it was last read
};

Result<void> TriggerSource::arm() {
  std::string line = threshold_.kind == PressureKind::some ? "some " : "full ";
  line += std::to_string(threshold_.stalled.count()) + ' ' + std::to_string(threshold_.window.count());
  // With its NUL: the kernel overwrites the last byte that /proc/pressure is given.
  while (sys::calls().write(file_.get(), line.c_str(), line.size() + 1) < 0) {
    if (errno == EINTR) continue;
    const int why = errno;
    const Errc code = why == EINVAL       ? Errc::invalid_argument
                      : why == EOPNOTSUPP ? Errc::unsupported
                      : why == ENODEV     ? Errc::cgroup_gone
                                          : Errc::system_error;
    return Error(code, "write " + core::quote(line) + " to " + name(), sys::make_error(why));
  }
  const Result<PressureEvent> now = read(false);
  return now ? Result<void>() : Result<void>(now.error());
}

bool TriggerSource::take_event() const noexcept {
  pollfd entry{file_.get(), POLLPRI, 0};
  constexpr timespec at_once{};
  return sys::calls().poll(&entry, 1, &at_once) > 0 && (entry.revents & POLLPRI) != 0;
}

StallTime TriggerSource::total(const Pressure& pressure) const noexcept {
  const auto& share = threshold_.kind == PressureKind::some ? pressure.some : pressure.full;
  return share && share->total ? *share->total : StallTime();
}

Result<PressureEvent> TriggerSource::read(bool woken) {
  PressureEvent event;
  const bool taken = take_event();
  const Result<std::optional<std::string>> text = read_event_file(file_.get(), name());
  if (!text) return text.error();
  if (!*text) {
    event.removed = true;
    return event;
  }
  if (!parse_pressure(**text, event.pressure)) {
    return Error(Errc::malformed_output, std::string("read ") + name() + ": " + core::excerpt(**text));
  }
  // Whoever waited has taken the bit. That it waited for nothing shows by nobody having stalled.
  const StallTime now = total(event.pressure);
  event.fired = taken || (woken && now > seen_);
  seen_ = now;
  return event;
}

Result<std::shared_ptr<TriggerSource>> arm_trigger(Result<sys::Fd> file, const PressureThreshold& threshold) {
  if (!file) return file.error();
  auto source = std::make_shared<TriggerSource>(std::move(*file), threshold);
  if (const Result<void> armed = source->arm(); !armed) return armed.error();
  return source;
}

}  // namespace

Result<PressureTrigger> PressureTrigger::open(const Directories& directories, const PressureThreshold& threshold) {
  const int dirfd = directories.unified_fd();
  if (dirfd < 0) return Error(Errc::unsupported, "watch pressure: no directory of cgroup v2");
  const char* const name = files.at(static_cast<std::size_t>(threshold.resource));
  auto source = arm_trigger(open_event_file(dirfd, name, flags, Errc::unsupported), threshold);
  if (!source) return source.error();
  return PressureTrigger(std::move(*source));
}

Result<PressureTrigger> PressureTrigger::open_system(const PressureThreshold& threshold) {
  const char* const path = system_files.at(static_cast<std::size_t>(threshold.resource));
  sys::SysResult<sys::Fd> file = sys::open_file(path, flags);
  if (!file) {
    const bool missing = file.error() == std::errc::no_such_file_or_directory || file.error().value() == EOPNOTSUPP;
    return Error(missing ? Errc::unsupported : Errc::system_error, std::string("open ") + path, file.error());
  }
  auto source = arm_trigger(std::move(*file), threshold);
  if (!source) return source.error();
  return PressureTrigger(std::move(*source));
}

}  // namespace crunc::cgroups
