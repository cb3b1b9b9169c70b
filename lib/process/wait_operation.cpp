// SPDX-License-Identifier: Apache-2.0
// Waiting for a process' end.

#include "process/wait_operation.hpp"

namespace crunc::process {

void add_end_of(const Process& process, int pidfd, Interest& interest) {
  if (const auto pause = process.pause()) return interest.add(Clock::now() + *pause);
  interest.add(pidfd);
}

bool WaitOperation::step() {
  if (!begun_) begin();
  status_ = process_->poll();
  return status_ || cancelled_ || (deadline_ && Clock::now() >= *deadline_);
}

void WaitOperation::begin() {
  begun_ = true;
  if (timeout_ && *timeout_ != no_deadline) deadline_ = Clock::now() + *timeout_;
  if (process_->pidfd() < 0) return;
  if (sys::SysResult<sys::Fd> copy = sys::duplicate(process_->pidfd())) pidfd_ = std::move(*copy);
}

Interest WaitOperation::interest() const {
  Interest result;
  add_end_of(*process_, pidfd_ ? pidfd_.get() : process_->pidfd(), result);
  if (deadline_) result.add(*deadline_);
  return result;
}

void WaitOperation::cancel(Urgency) { cancelled_ = true; }

Result<ExitStatus> WaitOperation::result() const {
  if (status_) return *status_;
  Error error(cancelled_ ? Errc::cancelled : Errc::timed_out,
              "wait for the end of process " + std::to_string(process_->pid()));
  error.operation = "wait";
  return error;
}

}  // namespace crunc::process
