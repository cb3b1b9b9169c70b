// SPDX-License-Identifier: Apache-2.0
// Watch<T>: something that happens now and then, with a descriptor for any event loop, a blocking and an async_ face.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>

namespace crunc {

namespace detail {

/// What can be waited for. The library's own.
class CRUNC_API Waitable {
 public:
  Waitable() = default;
  Waitable(const Waitable&) = delete;
  Waitable& operator=(const Waitable&) = delete;
  virtual ~Waitable();

  [[nodiscard]] virtual int fd() const noexcept = 0;
  /// POLLIN or POLLPRI.
  [[nodiscard]] virtual short poll_events() const noexcept = 0;
  /// Take what there is. Whether that is worth ending a wait.
  /// @param woken  the descriptor was waited for, and something woke the waiting
  [[nodiscard]] virtual bool look(bool woken) = 0;
};

/// An operation that is over when there is something, or when the time is.
[[nodiscard]] CRUNC_API std::shared_ptr<process::Operation> make_wait(std::shared_ptr<Waitable> source,
                                                                      Timeout timeout);
/// How it ended: what was waited for, or timed_out or cancelled.
[[nodiscard]] CRUNC_API Result<Waitable*> outcome_of_wait(process::Operation& operation);
CRUNC_API void wait_here(process::Operation& operation, const std::stop_token& stop);

template <class T>
class WaitableFor : public Waitable {
 public:
  /// Take what there is, without waiting.
  [[nodiscard]] virtual Result<T> read(bool woken) = 0;
  [[nodiscard]] virtual bool is_news(const T& found) const noexcept = 0;
  /// What was no news is told the next time.
  virtual void put_back(T found) { static_cast<void>(found); }

  bool look(bool woken) final {
    found_.emplace(read(woken));
    if (!*found_ || is_news(**found_)) return true;
    put_back(std::move(**found_));
    return false;
  }
  [[nodiscard]] Result<T> take() { return std::move(*found_); }

 private:
  std::optional<Result<T>> found_{};
};

}  // namespace detail

/// Waits for a T in any of four ways: poll(2) of fd() for poll_events() and then read(); read() now and then; wait();
/// async_wait(). What has happened is told once, by whichever comes first.
/// @threads distinct objects: safe; shared object: one call at a time
template <class T>
class Watch {
 public:
  /// The descriptor to poll; it stays this object's.
  [[nodiscard]] int fd() const noexcept { return source_->fd(); }
  /// POLLIN or POLLPRI. With POLLPRI, POLLERR comes along and means nothing of its own.
  [[nodiscard]] short poll_events() const noexcept { return source_->poll_events(); }

  /// What has happened since the last time, without waiting; nothing of note is no error.
  [[nodiscard]] Result<T> read() { return source_->read(false); }

  /// Wait until something has happened.
  /// @errors timed_out, cancelled, and those of read()
  [[nodiscard]] Result<T> wait(const WaitOptions& options = {}) {
    const detail::Prepared<T> prepared = prepare(options);
    detail::wait_here(*prepared.operation, prepared.stop);
    return prepared.finish(*prepared.operation);
  }
  /// The same for a completion token, with <crunc/async.hpp>; signature void(Result<T>).
  template <class Token>
  auto async_wait(WaitOptions options, Token&& token);

 protected:
  using Source = detail::WaitableFor<T>;
  explicit Watch(std::shared_ptr<Source> source) noexcept : source_(std::move(source)) {}

 private:
  [[nodiscard]] detail::Prepared<T> prepare(const WaitOptions& options) const {
    return {detail::make_wait(source_, options.timeout), options.stop, [](process::Operation& operation) {
              const Result<detail::Waitable*> outcome = detail::outcome_of_wait(operation);
              if (!outcome) return Result<T>(outcome.error());
              return static_cast<Source&>(**outcome).take();
            }};
  }
  std::shared_ptr<Source> source_;
};

}  // namespace crunc
