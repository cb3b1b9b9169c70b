// SPDX-License-Identifier: Apache-2.0
// EventStream: what `events` of a runtime prints, as it prints it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>
#include <crunc/stats.hpp>

namespace crunc {

namespace runtime {
class EventSource;
}  // namespace runtime

/// The events of one container: a runtime at work, which Runc::events() has started.
///
/// The stream is read when it is asked, never behind the caller's back: while nobody asks, the pipe fills and the
/// runtime waits. EventsOptions say what then becomes of the oldest samples. Of an `oom` none is ever dropped.
///
/// A line that cannot be read is one Error (malformed_output, with the line), and the stream goes on. When the runtime
/// fails (the container is not running, say) that is the last Error, with all that the runtime said. When it ends by
/// itself, or as `until_exit` or stop() wanted, the stream is at its end.
///
/// Destroying the stream ends the runtime and reaps it.
/// @threads distinct objects: safe; shared object: unsafe, and one next() or async_next() at a time
/// @note go-runc: a line that cannot be read is reported for ever, a slow consumer leaks the runtime, and how the
///       runtime ended is not told.
class CRUNC_API EventStream {
 public:
  EventStream(EventStream&&) noexcept;
  EventStream& operator=(EventStream&&) noexcept;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream();

  /// Wait for the next event; nothing at the end.
  /// @param wait  for how long; unset or `no_deadline`: for ever
  /// @errors malformed_output (the stream goes on), timed_out (so does it), cancelled (by EventsOptions::stop), and
  ///         what Runc::stats() gives (the last of the stream)
  [[nodiscard]] Result<std::optional<Event>> next(Timeout wait = {});

  /// As next(), with the signature `void(Result<std::optional<Event>>)`; needs <crunc/async.hpp>. Cancelling it ends
  /// the wait, not the stream.
  template <class Token>
  auto async_next(Token&& token);

  /// How many samples were dropped for want of a consumer.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

  /// Ask the runtime to end: what it has printed still comes, then the end.
  void stop();

  /// Goes through the stream once: each increment is a next().
  class Iterator {
   public:
    using value_type = Result<Event>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(EventStream& stream) : stream_(&stream) { ++*this; }
    [[nodiscard]] value_type& operator*() const noexcept { return *current_; }
    [[nodiscard]] value_type* operator->() const noexcept { return &*current_; }
    Iterator& operator++() {
      Result<std::optional<Event>> event = stream_->next();
      if (!event) {
        *current_ = std::move(event).error();
      } else if (*event) {
        *current_ = std::move(**event);
      } else {
        stream_ = nullptr;
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
      return iterator.stream_ == nullptr;
    }

   private:
    EventStream* stream_ = nullptr;
    std::shared_ptr<value_type> current_ = std::make_shared<value_type>(Event{});
  };
  [[nodiscard]] Iterator begin() { return Iterator(*this); }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

  explicit EventStream(std::shared_ptr<runtime::EventSource> source) noexcept;

 private:
  [[nodiscard]] detail::Prepared<std::optional<Event>> prepare_next(Timeout wait) const;
  [[nodiscard]] const Executor& executor() const noexcept;

  std::shared_ptr<runtime::EventSource> source_;
};

}  // namespace crunc
