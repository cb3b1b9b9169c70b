// SPDX-License-Identifier: Apache-2.0
// What an EventStream reads from: a call whose output is taken as it comes, line by line.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include <crunc/events.hpp>

#include "oci/event_reader.hpp"
#include "process/operation.hpp"
#include "runtime/call.hpp"
#include "runtime/line_buffer.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {

class EventSource {
 public:
  EventSource(std::shared_ptr<const Client> client, std::string_view id, EventsOptions options);
  ~EventSource();
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;

  /// Do what can be done now: find the container's process if that is wanted, start the runtime, read what it printed.
  void advance();
  [[nodiscard]] process::Interest interest() const;

  /// The runtime is at work; or has failed or ended.
  [[nodiscard]] bool is_open() const noexcept { return phase_ >= Phase::reading; }
  /// The Error of a stream that could not be opened, once is_open().
  [[nodiscard]] std::optional<Error> opening_error();

  /// There is an event or an error to take, or there will be none.
  [[nodiscard]] bool is_ready();
  [[nodiscard]] Result<std::optional<Event>> take();

  /// Ask the runtime to end; the stream then ends without an error.
  void end();
  void cancel(process::Urgency urgency);
  /// Nobody wants the stream any more, though somebody may still wait for an event.
  void kill() const noexcept;

  [[nodiscard]] const EventsOptions& options() const noexcept { return options_; }
  [[nodiscard]] const Executor& executor() const noexcept { return client_->options.executor; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  /// looking, confirming: finding the container's process, by its state before and after its pidfd was opened.
  enum class Phase : std::uint8_t { begin, looking, confirming, starting, reading, over };

  void begin();
  void look();
  void after_look();
  void start();
  void look_for_exit();
  void read_lines();
  void add(std::string_view line);
  void make_room();
  [[nodiscard]] bool has_room() const;
  void finish();

  std::shared_ptr<const Client> client_;
  std::string id_;
  EventsOptions options_;
  Phase phase_ = Phase::begin;
  sys::Fd container_{};  ///< a pidfd
  pid_t pid_ = 0;
  std::vector<std::shared_ptr<Call>> calls_{};  ///< the present one last; kept, as Operation demands of descriptors
  LineBuffer lines_;
  oci::EventReader reader_{};
  std::deque<Result<Event>> queue_{};
  std::optional<Error> last_{};  ///< how it failed: told when all else was taken
  std::uint64_t dropped_ = 0;
  bool is_ending_ = false;  ///< we have asked for it
  std::optional<process::Clock::time_point> linger_{};
  std::optional<RuntimeProcess> runtime_{};
};

/// Runc::events() and its twin.
[[nodiscard]] detail::Prepared<EventStream> prepare_events(const std::shared_ptr<const Client>& client,
                                                           std::string_view id, const EventsOptions& options);

}  // namespace crunc::runtime
