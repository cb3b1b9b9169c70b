// SPDX-License-Identifier: Apache-2.0
// The compiled half of the asynchronous face: an Operation on the asynchronous driver.

#include <crunc/async.hpp>

#include "process/async_driver.hpp"

namespace crunc::detail {

/// The handlers under way own it; a cancellation slot knows it weakly.
class AsyncCall final : public process::AsyncDriver {
 public:
  AsyncCall(std::shared_ptr<process::Operation> operation, std::stop_token token,
            const boost::asio::any_io_executor& executor)
      : AsyncDriver(std::move(operation), executor), stop(std::move(token)) {}
  const std::stop_token stop;
};

namespace {

class Deliver final : public process::Done {
 public:
  explicit Deliver(std::unique_ptr<Completion> completion) : completion_(std::move(completion)) {}
  void operator()() override {
    Completion& completion = *completion_;
    completion.complete(std::move(completion_));
  }

 private:
  std::unique_ptr<Completion> completion_;
};

}  // namespace

std::shared_ptr<AsyncCall> make_async_call(std::shared_ptr<process::Operation> operation, const std::stop_token& stop,
                                           const boost::asio::any_io_executor& executor) {
  return std::make_shared<AsyncCall>(std::move(operation), stop, executor);
}

void start(const std::shared_ptr<AsyncCall>& call, std::unique_ptr<Completion> completion) {
  call->AsyncDriver::start(call->stop, std::make_unique<Deliver>(std::move(completion)));
}

void cancel(const std::shared_ptr<AsyncCall>& call, bool at_once) {
  call->AsyncDriver::cancel(at_once ? process::Urgency::at_once : process::Urgency::polite);
}

}  // namespace crunc::detail
