// SPDX-License-Identifier: Apache-2.0
// The driving of one process and of the watch for OOM kills.

#include "task/member_watch.hpp"

#include <poll.h>

#include <utility>

#include "process/wait_operation.hpp"
#include "task/supervision.hpp"

namespace crunc::task {

using process::Clock;
using process::Interest;
using process::Readiness;

namespace {

void add(const std::optional<Pump>& pump, Interest& interest) {
  if (!pump) return;
  if (const int fd = pump->reads(); fd >= 0) interest.add(fd);
  if (const int fd = pump->writes(); fd >= 0) interest.add(fd, Readiness::writable);
  if (const auto when = pump->looks_again()) interest.add(*when);
}

}  // namespace

MemberWatch::MemberWatch(std::shared_ptr<Supervision> supervision, std::shared_ptr<Member> member)
    : supervision_(std::move(supervision)), member_(std::move(member)), pumps_(member_->streams().take_pumps()) {
  if (member_->process()->pidfd() < 0) return;
  if (sys::SysResult<sys::Fd> copy = sys::duplicate(member_->process()->pidfd())) pidfd_ = std::move(*copy);
}

void MemberWatch::move_bytes(std::optional<Pump>& pump) {
  if (!pump) return;
  pump->step();
  if (const auto loss = pump->take_loss()) supervision_->lost_output(*member_, loss->bytes, loss->error);
}

/// Its end is looked for before its output is read: all that it wrote is there then.
bool MemberWatch::step() {
  if (cancelled_) return true;
  if (!status_) look_for_end();
  for (auto* const pump : {&pumps_.out, &pumps_.err, &pumps_.in}) move_bytes(*pump);
  if (status_ && !has_told_end_) look_at_output();
  if (!has_told_end_) return false;
  if (deadline_ && !member_->told() && Clock::now() >= *deadline_) {
    if (member_->id().empty()) supervision_->wait_no_longer();
    deadline_.reset();
  }
  if (member_->told()) deadline_.reset();
  return !deadline_ && !has_output_left();
}

void MemberWatch::look_for_end() {
  status_ = member_->process()->poll();
  if (!status_) return;
  deadline_ = Clock::now() + supervision_->options().drain_timeout;
  supervision_->noticed_end(*member_);
  for (auto* const pump : {&pumps_.out, &pumps_.err, &pumps_.in}) {
    if (*pump) (*pump)->process_ended();
  }
}

bool MemberWatch::is_drained() const {
  return (!pumps_.out || pumps_.out->is_drained()) && (!pumps_.err || pumps_.err->is_drained());
}

bool MemberWatch::has_output_left() const {
  return (pumps_.out && !pumps_.out->is_over()) || (pumps_.err && !pumps_.err->is_over());
}

void MemberWatch::look_at_output() {
  const bool drained = is_drained();
  if (!drained && Clock::now() < *deadline_) return;
  has_told_end_ = true;
  deadline_ = Clock::now() + supervision_->options().drain_timeout;
  supervision_->ended(*member_, *status_, !drained);
}

Interest MemberWatch::interest() const {
  Interest result;
  if (!status_) process::add_end_of(*member_->process(), pidfd_ ? pidfd_.get() : member_->process()->pidfd(), result);
  for (const auto* const pump : {&pumps_.out, &pumps_.err}) add(*pump, result);
  if (!status_) add(pumps_.in, result);
  if (deadline_) result.add(*deadline_);
  return result;
}

void MemberWatch::cancel(process::Urgency) { cancelled_ = true; }

bool OomWatch::step() { return cancelled_ || !supervision_->look_for_oom(); }

Interest OomWatch::interest() const {
  const cgroups::MemoryEvents& events = *supervision_->memory_events();
  Interest result;
  result.add(events.fd(), events.poll_events() == POLLPRI ? Readiness::priority : Readiness::readable);
  return result;
}

void OomWatch::cancel(process::Urgency) { cancelled_ = true; }

}  // namespace crunc::task
