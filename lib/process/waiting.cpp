// SPDX-License-Identifier: Apache-2.0
// The operation behind Watch: nothing but waiting until a Waitable has something.

#include <poll.h>

#include <utility>

#include <crunc/watch.hpp>

#include "process/operation.hpp"

namespace crunc::detail {
namespace {

using process::Clock;
using process::Interest;
using process::Readiness;

class Wait final : public process::Operation {
 public:
  Wait(std::shared_ptr<Waitable> source, Timeout timeout) : source_(std::move(source)), timeout_(timeout) {}

  bool step() override {
    if (!begun_) begin();
    if (cancelled_) return true;
    const bool late = deadline_ && Clock::now() >= *deadline_;
    found_ = source_->look(std::exchange(waited_, true) && !late);
    return found_ || late;
  }

  [[nodiscard]] Interest interest() const override {
    Interest interest;
    interest.add(source_->fd(), source_->poll_events() == POLLPRI ? Readiness::priority : Readiness::readable);
    if (deadline_) interest.add(*deadline_);
    return interest;
  }

  void cancel(process::Urgency /*urgency*/) override { cancelled_ = true; }

  [[nodiscard]] Result<Waitable*> outcome() const {
    if (found_) return source_.get();
    return cancelled_ ? Error(Errc::cancelled, "wait") : Error(Errc::timed_out, "wait");
  }

 private:
  void begin() {
    begun_ = true;
    if (timeout_ && *timeout_ != no_deadline) deadline_ = Clock::now() + *timeout_;
  }

  std::shared_ptr<Waitable> source_;
  Timeout timeout_;
  std::optional<Clock::time_point> deadline_{};
  bool begun_ = false;
  bool waited_ = false;
  bool cancelled_ = false;
  bool found_ = false;
};

}  // namespace

Waitable::~Waitable() = default;

std::shared_ptr<process::Operation> make_wait(std::shared_ptr<Waitable> source, Timeout timeout) {
  return std::make_shared<Wait>(std::move(source), timeout);
}

Result<Waitable*> outcome_of_wait(process::Operation& operation) { return static_cast<Wait&>(operation).outcome(); }

void wait_here(process::Operation& operation, const std::stop_token& stop) { process::drive(operation, stop); }

}  // namespace crunc::detail
