// SPDX-License-Identifier: Apache-2.0
// A stream of events. Everything happens when the consumer asks: there is no thread behind it.

#include "runtime/event_source.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/text.hpp"
#include "runtime/prepare.hpp"
#include "sys/pidfd.hpp"

namespace crunc::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_line = std::size_t{16} * 1024 * 1024;

/// After the container's process has ended: the runtime may still be about to print the OOM that ended it.
constexpr auto linger_time = 100ms;

bool is_sample(const Result<Event>& event) { return event && event->type == EventType::stats; }

Error too_long() { return Error(Errc::malformed_output, "a line of 16 MiB or more"); }

}  // namespace

EventSource::EventSource(std::shared_ptr<const Client> client, std::string_view id, EventsOptions options)
    : client_(std::move(client)), id_(id), options_(std::move(options)), lines_(longest_line) {}

EventSource::~EventSource() = default;  // the call at work kills its runtime and reaps it

void EventSource::advance() {
  for (;;) {
    if (phase_ == Phase::over) return;
    if (phase_ == Phase::begin) {
      begin();
      continue;
    }
    const bool is_over = calls_.back()->step();
    switch (phase_) {
      case Phase::looking:
      case Phase::confirming:
        if (!is_over) return;
        after_look();
        continue;
      case Phase::starting:
        if (!is_over && !calls_.back()->is_running()) return;
        phase_ = Phase::reading;
        [[fallthrough]];
      default: break;
    }
    look_for_exit();
    if (is_over) finish();
    return;
  }
}

process::Interest EventSource::interest() const {
  if (calls_.empty() || phase_ == Phase::over) return {};
  process::Interest interest = calls_.back()->interest();
  if (container_ && !linger_ && phase_ == Phase::reading) interest.add(container_.get());
  if (linger_ && !is_ending_) interest.until = std::min(interest.until.value_or(*linger_), *linger_);
  return interest;
}

void EventSource::begin() {
  if (options_.until_exit) {
    phase_ = Phase::looking;
    look();
  } else {
    start();
  }
}

void EventSource::look() {
  calls_.push_back(make_call(plan_call(client_, StateOptions{.stop = options_.stop}, std::string_view(id_))));
}

/// The pid of a state may be another process' by the time that it is opened. It was not if the container has it still.
void EventSource::after_look() {
  const auto fail = [this](Error error) {
    last_ = std::move(error);
    phase_ = Phase::over;
  };
  Result<Container> found = Row<StateOptions>::finish(*calls_.back());
  if (!found) return fail(std::move(found).error());
  if (found->pid == 0 || found->status == Status::stopped || (pid_ != 0 && found->pid != pid_)) {
    return fail(calls_.back()->describe(Error(Errc::not_running, "the container has ended")));
  }
  if (phase_ == Phase::confirming) return start();
  sys::SysResult<sys::Fd> pidfd = sys::open_pidfd(found->pid);
  if (!pidfd) {
    const bool is_gone = pidfd.error() == std::errc::no_such_process;
    return fail(calls_.back()->describe(
        Error(is_gone ? Errc::not_running : Errc::system_error, "open the container's process", pidfd.error())));
  }
  container_ = std::move(*pidfd);
  pid_ = found->pid;
  phase_ = Phase::confirming;
  look();
}

void EventSource::start() {
  phase_ = Phase::starting;
  Result<CallPlan> plan = plan_call(client_, options_, std::string_view(id_));
  if (plan) {
    plan->on_spawned = [this](const RuntimeProcess& process) { runtime_ = process; };
    plan->on_output = [this](std::string_view bytes) { lines_.append(bytes); };
  }
  calls_.push_back(make_call(std::move(plan)));
}

void EventSource::look_for_exit() {
  if (container_ && !linger_ && sys::has_ended(container_.get()).value_or(false))
    linger_ = process::Clock::now() + linger_time;
  if (linger_ && process::Clock::now() >= *linger_) end();
}

void EventSource::finish() {
  phase_ = Phase::over;
  lines_.finish();
  read_lines();
  std::optional<Error>& error = calls_.back()->error();
  const bool is_wanted = is_ending_ && error && error->code == Errc::cancelled;
  if (error && !is_wanted) last_ = std::move(*error);
  const std::error_code& unread = calls_.back()->outcome().out_error;
  if (!error && unread) {
    last_ = calls_.back()->describe(Error(Errc::system_error, "read its output to the end", unread));
  }
}

std::optional<Error> EventSource::opening_error() {
  // A runtime that was started tells its failure to whoever reads the stream.
  if (!last_ || (last_->exit && last_->operation == Row<EventsOptions>::verb.name)) return std::nullopt;
  return last_;
}

bool EventSource::is_ready() {
  const bool waits = options_.overflow == EventsOptions::Overflow::wait;
  if (options_.stop.stop_requested()) cancel(process::Urgency::polite);
  if (waits) read_lines();
  if (waits ? queue_.empty() : has_room()) {
    advance();
    read_lines();
  }
  return !queue_.empty() || phase_ == Phase::over;
}

Result<std::optional<Event>> EventSource::take() {
  if (queue_.empty() && last_) {
    Error error = std::move(*last_);
    last_.reset();
    return error;
  }
  if (queue_.empty()) return std::optional<Event>{};
  Result<Event> first = std::move(queue_.front());
  queue_.pop_front();
  if (!first) return std::move(first).error();
  return std::optional<Event>(std::move(*first));
}

void EventSource::read_lines() {
  const bool waits = options_.overflow == EventsOptions::Overflow::wait;
  while (!waits || queue_.size() < options_.queue_limit) {
    const std::optional<std::string_view> line = lines_.take();
    if (!line) return;
    add(*line);
    if (!waits) make_room();
  }
}

void EventSource::add(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  Event event;
  Result<void> read = line.size() >= longest_line ? Result<void>(too_long()) : reader_.read(line, event);
  if (read) {
    queue_.emplace_back(std::move(event));
  } else {
    Error error = std::move(read).error();
    error.reason += ": " + core::excerpt(line);
    queue_.emplace_back(calls_.back()->describe(std::move(error)));
  }
}

/// Whether one more would not make the queue longer than its limit: a sample can go for it.
bool EventSource::has_room() const {
  return queue_.size() < options_.queue_limit || std::ranges::any_of(queue_, is_sample);
}

void EventSource::make_room() {
  if (queue_.size() <= options_.queue_limit) return;
  const auto oldest = std::ranges::find_if(queue_, is_sample);
  if (oldest == queue_.end()) return;
  queue_.erase(oldest);
  ++dropped_;
}

void EventSource::end() {
  if (std::exchange(is_ending_, true) || calls_.empty()) return;
  calls_.back()->cancel(process::Urgency::polite);
}

void EventSource::kill() const noexcept {
  if (runtime_) static_cast<void>(runtime_->signal(SIGKILL));
}

void EventSource::cancel(process::Urgency urgency) {
  if (!calls_.empty()) return calls_.back()->cancel(urgency);
  last_.emplace(Errc::cancelled);
  last_->operation = Row<EventsOptions>::verb.name;
  last_->container = id_;
  phase_ = Phase::over;
}

namespace {

/// Waits until the stream is open.
class Opening final : public process::Operation {
 public:
  explicit Opening(std::shared_ptr<EventSource> opened) : source(std::move(opened)) {}
  bool step() override {
    source->advance();
    return source->is_open();
  }
  [[nodiscard]] process::Interest interest() const override { return source->interest(); }
  void cancel(process::Urgency urgency) override { source->cancel(urgency); }

  std::shared_ptr<EventSource> source;
};

/// Waits for one event.
class Next final : public process::Operation {
 public:
  Next(std::shared_ptr<EventSource> read, std::optional<process::Clock::time_point> deadline)
      : source(std::move(read)), until_(deadline) {}
  bool step() override {
    if (source->is_ready()) return true;
    is_late = until_ && process::Clock::now() >= *until_;
    return is_late || is_cancelled;
  }
  [[nodiscard]] process::Interest interest() const override {
    process::Interest interest = source->interest();
    if (until_) interest.until = std::min(interest.until.value_or(*until_), *until_);
    return interest;
  }
  /// By the stream's own stop token it is the stream that is cancelled, else the wait alone.
  void cancel(process::Urgency urgency) override {
    if (source->options().stop.stop_requested()) {
      source->cancel(urgency);
    } else {
      is_cancelled = true;
    }
  }

  std::shared_ptr<EventSource> source;
  bool is_late = false;
  bool is_cancelled = false;

 private:
  std::optional<process::Clock::time_point> until_;
};

Result<EventStream> finish_opening(process::Operation& operation) {
  auto& opening = static_cast<Opening&>(operation);
  if (std::optional<Error> error = opening.source->opening_error()) return std::move(*error);
  return EventStream(std::move(opening.source));
}

Result<std::optional<Event>> finish_next(process::Operation& operation) {
  auto& next = static_cast<Next&>(operation);
  if (next.source->is_ready()) return next.source->take();
  Error error(next.is_late ? Errc::timed_out : Errc::cancelled, "wait for an event");
  error.operation = Row<EventsOptions>::verb.name;
  return error;
}

}  // namespace

detail::Prepared<EventStream> prepare_events(const std::shared_ptr<const Client>& client, std::string_view id,
                                             const EventsOptions& options) {
  auto source = std::make_shared<EventSource>(client, id, options);
  return {std::make_shared<Opening>(std::move(source)), options.stop, finish_opening};
}

}  // namespace crunc::runtime

namespace crunc {

using runtime::EventSource;

EventStream::EventStream(std::shared_ptr<EventSource> source) noexcept : source_(std::move(source)) {}
EventStream::EventStream(EventStream&&) noexcept = default;
EventStream& EventStream::operator=(EventStream&&) noexcept = default;
EventStream::~EventStream() {
  if (source_) source_->kill();
}

detail::Prepared<std::optional<Event>> EventStream::prepare_next(Timeout wait) const {
  std::optional<process::Clock::time_point> deadline;
  if (wait && *wait != no_deadline) deadline = process::Clock::now() + *wait;
  return {std::make_shared<runtime::Next>(source_, deadline), source_->options().stop, runtime::finish_next};
}

Result<std::optional<Event>> EventStream::next(Timeout wait) { return process::block(prepare_next(wait)); }

std::uint64_t EventStream::dropped() const noexcept { return source_->dropped(); }

void EventStream::stop() { source_->end(); }

const Executor& EventStream::executor() const noexcept { return source_->executor(); }

}  // namespace crunc
