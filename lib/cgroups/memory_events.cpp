// SPDX-License-Identifier: Apache-2.0
// OOM kills by the kernel's counters. Descriptors only say when to look; what they say is never counted.

#include <crunc/cgroups/events.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>

#include "cgroups/event_files.hpp"
#include "cgroups/oom_log.hpp"
#include "cgroups/stat_files.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

using namespace std::chrono_literals;

/// What the kernel counts, of either version.
struct Counts {
  MemoryEventCounts v2{};
  bool under_oom = false;
  bool kill_disabled = false;
};

/// A counter's growth, which its baseline follows. One that fell is of no cgroup, and counts for nothing.
std::uint64_t growth(std::optional<std::uint64_t>& baseline, const std::optional<std::uint64_t>& now) noexcept {
  const std::uint64_t before = baseline.value_or(0);
  baseline = std::max(before, now.value_or(0));
  return *baseline - before;
}

/// By how much `part` falls short of `whole`.
std::uint64_t missing(std::uint64_t whole, std::uint64_t part) noexcept { return whole - std::min(whole, part); }

/// v1 wakes its listeners before it kills, and not again when it has: until the kill is counted it is looked for, for
/// some seconds (a kernel that prints to a slow console takes long).
class SecondLook {
 public:
  /// Look again, a little later each time. An error: it cannot be had, and read() alone tells of the kill.
  void arm(const ReadyAny& ready) {
    constexpr auto longest = 1024ms;
    if (!timer_) {
      timer_ = sys::Fd(sys::calls().timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
      if (!timer_ || ready.add(timer_.get(), POLLIN)) return timer_.reset();
    }
    if (pause_ > longest) return disarm();
    set(pause_);
    pause_ *= 2;
    armed_ = true;
  }
  void disarm() {
    if (armed_) set(0ms);
    armed_ = false;
    pause_ = shortest;
  }
  /// Whether the time for it has come.
  [[nodiscard]] bool take() { return armed_ && take_count(timer_.get()) > 0; }
  [[nodiscard]] bool armed() const noexcept { return armed_; }

 private:
  static constexpr auto shortest = 2ms;
  void set(std::chrono::milliseconds after) const {
    const itimerspec value{.it_interval = {},
                           .it_value = {.tv_sec = after.count() / 1000, .tv_nsec = after.count() % 1000 * 1'000'000}};
    static_cast<void>(sys::calls().timerfd_settime(timer_.get(), 0, &value, nullptr));
  }
  sys::Fd timer_{};
  std::chrono::milliseconds pause_ = shortest;
  bool armed_ = false;
};

class MemorySource final : public detail::WaitableFor<MemoryEvent> {
 public:
  MemorySource(ReadyAny ready, const MemoryEventOptions& options) : ready_(std::move(ready)), options_(options) {}

  Result<void> open(const Directories& directories);
  [[nodiscard]] int fd() const noexcept override { return ready_.fd(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLIN; }
  [[nodiscard]] Result<MemoryEvent> read(bool woken) override;
  [[nodiscard]] bool is_news(const MemoryEvent& event) const noexcept override;
  void put_back(MemoryEvent event) override { carried_ = event; }

 private:
  Result<void> open_v1(int dirfd);
  Result<void> open_v2(int dirfd);
  Result<void> open_core(int dirfd);
  [[nodiscard]] const char* name() const noexcept;
  [[nodiscard]] Result<std::optional<Counts>> counts() const;
  [[nodiscard]] Result<bool> look_at_core(MemoryEvent& event);
  void compare(const Counts& now, MemoryEvent& event);
  void add_uncounted(MemoryEvent& event);
  void look_again(const Counts& now, std::uint64_t notified, std::uint64_t kills);

  ReadyAny ready_;
  MemoryEventOptions options_;
  sys::Fd file_{};   ///< memory.events or memory.oom_control
  sys::Fd event_{};  ///< v1: an eventfd
  sys::Fd core_{};   ///< cgroup.events, if there is one
  SecondLook second_look_{};
  MemoryEventCounts baseline_{};
  std::unique_ptr<LoggedKills> logged_{};    ///< null where the kernel's log cannot be read
  std::optional<std::uint64_t> unlogged_{};  ///< how many kills were counted before the log was followed
  CoreState core_state_{};
  bool under_oom_ = false;
  MemoryEvent carried_{};
};

const char* MemorySource::name() const noexcept {
  if (event_) return "memory.oom_control";
  return options_.local ? "memory.events.local" : "memory.events";
}

Result<void> MemorySource::open(const Directories& directories) {
  const auto place = directories.find(Controller::memory);
  if (!place) return Error(Errc::controller_unavailable, "watch memory: no directory of this controller");
  if (!directories.logged_path().empty()) {
    logged_ = LoggedKills::follow(directories.logged_path(), place->on_v2 && !options_.local);
  }
  if (const Result<void> opened = place->on_v2 ? open_v2(place->fd) : open_v1(place->fd); !opened) {
    return opened.error();
  }
  if (directories.unified_fd() >= 0) {
    if (const Result<void> opened = open_core(directories.unified_fd()); !opened) return opened.error();
  }
  if (options_.since_creation) {
    // v2's file is ready until it is first read.
    if (event_) second_look_.arm(ready_);
    return {};
  }
  const auto now = counts();
  if (!now) return now.error();
  if (!*now) return Error(Errc::cgroup_gone, std::string("read ") + name());
  MemoryEvent before_us;
  compare(**now, before_us);
  return {};
}

Result<void> MemorySource::open_v1(int dirfd) {
  Result<sys::Fd> file = open_event_file(dirfd, "memory.oom_control", O_RDONLY, Errc::controller_unavailable);
  if (!file) return file.error();
  file_ = std::move(*file);
  // Before the baseline is read: a kill in between is part of that, and told by nobody else.
  Result<sys::Fd> event = register_event(dirfd, file_.get(), {});
  if (!event) return event.error();
  event_ = std::move(*event);
  const std::error_code failed = ready_.add(event_.get(), POLLIN);
  return failed ? Result<void>(Error(Errc::system_error, "watch memory.oom_control", failed)) : Result<void>();
}

Result<void> MemorySource::open_v2(int dirfd) {
  Result<sys::Fd> file = open_event_file(dirfd, name(), O_RDONLY, Errc::controller_unavailable);
  if (!file) return file.error();
  file_ = std::move(*file);
  const std::error_code failed = ready_.add(file_.get(), POLLPRI);
  return failed ? Result<void>(Error(Errc::system_error, std::string("watch ") + name(), failed)) : Result<void>();
}

/// A root has no such file, and does without.
Result<void> MemorySource::open_core(int dirfd) {
  Result<sys::Fd> file = open_event_file(dirfd, "cgroup.events", O_RDONLY, Errc::unsupported);
  if (!file) return file.error().code == Errc::unsupported ? Result<void>() : file.error();
  core_ = std::move(*file);
  if (const std::error_code failed = ready_.add(core_.get(), POLLPRI)) {
    return Error(Errc::system_error, "watch cgroup.events", failed);
  }
  MemoryEvent before_us;
  const Result<bool> looked = look_at_core(before_us);
  return looked ? Result<void>() : Result<void>(looked.error());
}

Result<std::optional<Counts>> MemorySource::counts() const {
  const Result<std::optional<std::string>> text = read_event_file(file_.get(), name());
  if (!text) return text.error();
  if (!*text) return std::optional<Counts>();
  Counts counts;
  bool good = false;
  if (event_) {
    OomControl control;
    good = parse_oom_control(**text, control);
    counts.v2.oom_kill = control.oom_kill;
    counts.under_oom = control.under_oom.value_or(false);
    counts.kill_disabled = control.kill_disabled.value_or(false);
  } else {
    good = parse_memory_events(**text, counts.v2);
  }
  if (good) return std::optional(counts);
  return Error(Errc::malformed_output, std::string("read ") + name() + ": " + core::excerpt(**text));
}

/// False: the cgroup is gone.
Result<bool> MemorySource::look_at_core(MemoryEvent& event) {
  if (!core_) return true;
  const Result<std::optional<std::string>> text = read_event_file(core_.get(), "cgroup.events");
  if (!text) return text.error();
  // A cgroup that is gone (systemd removes a scope at once) was emptied before, seen or not.
  const CoreState now = *text ? parse_core_events(**text) : CoreState{};
  event.emptied = core_state_.populated && !now.populated;
  core_state_ = now;
  return text->has_value();
}

void MemorySource::compare(const Counts& now, MemoryEvent& event) {
  if (logged_ && !unlogged_) unlogged_ = missing(now.v2.oom_kill.value_or(0), logged_->count());
  event.oom_kills += growth(baseline_.oom_kill, now.v2.oom_kill);
  event.oom_group_kills += growth(baseline_.oom_group_kill, now.v2.oom_group_kill);
  event.ooms += growth(baseline_.oom, now.v2.oom);
  event.max += growth(baseline_.max, now.v2.max);
  event.high += growth(baseline_.high, now.v2.high);
  event.low += growth(baseline_.low, now.v2.low);
}

/// A cgroup that is gone took its counter along; systemd removes a scope in the moment that its last process has ended.
/// The log has what was not read of it.
void MemorySource::add_uncounted(MemoryEvent& event) {
  if (logged_) event.oom_kills += growth(baseline_.oom_kill, unlogged_.value_or(0) + logged_->count());
}

void MemorySource::look_again(const Counts& now, std::uint64_t notified, std::uint64_t kills) {
  const bool due = second_look_.take();
  if (kills > 0 || now.kill_disabled) return second_look_.disarm();
  if (notified > 0) second_look_.disarm();
  if (notified > 0 || due) second_look_.arm(ready_);
}

Result<MemoryEvent> MemorySource::read(bool /*woken*/) {
  MemoryEvent event = std::exchange(carried_, {});
  // In this order: the last kill is what empties a cgroup, and is counted before that.
  const Result<bool> there = look_at_core(event);
  if (!there) return there.error();
  const std::uint64_t notified = event_ ? take_count(event_.get()) : 0;
  const Result<std::optional<Counts>> now = counts();
  if (!now) return now.error();
  event.removed = !*there || !*now;
  if (!*now) {
    second_look_.disarm();
    add_uncounted(event);
    return event;
  }
  const std::uint64_t kills_before = event.oom_kills;
  compare(**now, event);
  if (event_) {
    event.ooms += notified;
    look_again(**now, notified, event.oom_kills - kills_before);
    const bool waiting = (*now)->under_oom && (*now)->kill_disabled;
    event.under_oom = waiting && (notified > 0 || !under_oom_);
    under_oom_ = waiting;
  }
  return event;
}

bool MemorySource::is_news(const MemoryEvent& event) const noexcept {
  if (options_.every_count) return event != MemoryEvent{};
  return event.oom_kills > 0 || event.oom_group_kills > 0 || event.under_oom || event.emptied || event.removed;
}

}  // namespace

Result<MemoryEvents> MemoryEvents::open(const Directories& directories, const MemoryEventOptions& options) {
  Result<ReadyAny> ready = ReadyAny::make();
  if (!ready) return ready.error();
  auto source = std::make_shared<MemorySource>(std::move(*ready), options);
  if (const Result<void> opened = source->open(directories); !opened) return opened.error();
  return MemoryEvents(std::move(source));
}

}  // namespace crunc::cgroups
