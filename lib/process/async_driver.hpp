// SPDX-License-Identifier: Apache-2.0
// The asynchronous driver of an Operation: Asio's reactor where the blocking one has poll(2).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "process/operation.hpp"

namespace crunc::process {

/// What is called at the end. A class, for std::function wants what can be copied.
class Done {
 public:
  Done() = default;
  Done(const Done&) = delete;
  Done& operator=(const Done&) = delete;
  virtual ~Done() = default;
  virtual void operator()() = 0;
};

/// Drives one operation on an executor of the caller's.
/// @threads start() once; cancel() from any thread
class AsyncDriver : public std::enable_shared_from_this<AsyncDriver> {
 public:
  AsyncDriver(std::shared_ptr<Operation> operation, const boost::asio::any_io_executor& executor);
  virtual ~AsyncDriver();
  AsyncDriver(const AsyncDriver&) = delete;
  AsyncDriver& operator=(const AsyncDriver&) = delete;

  /// @param done  called once, on the executor, when the operation is over; dropped uncalled, with the operation, when
  ///              the executor's context is destroyed before
  void start(const std::stop_token& stop, std::unique_ptr<Done> done);
  /// Also before the first step, which then only ends the operation.
  void cancel(Urgency urgency);

 private:
  struct Watch;
  struct RequestStop {
    std::weak_ptr<AsyncDriver> driver;
    void operator()() const;
  };

  void advance();
  void arm();
  void arm_timer(std::optional<Clock::time_point> until);
  void watch(Interest::Entry entry);
  [[nodiscard]] Watch* find_watch(int fd);
  void finish();

  using Strand = boost::asio::strand<boost::asio::any_io_executor>;
  std::shared_ptr<Operation> operation_;
  Strand strand_;
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Strand> timer_;
  std::vector<std::unique_ptr<Watch>> watches_{};
  std::optional<Clock::time_point> timer_for_{};
  bool over_ = false;
  std::atomic<bool> is_cancelled_ = false;
  std::unique_ptr<Done> done_{};
  std::optional<std::stop_callback<RequestStop>> stop_callback_{};
};

}  // namespace crunc::process
