// SPDX-License-Identifier: Apache-2.0
// delete.

#include "task/removal.hpp"

#include <csignal>
#include <utility>

#include "task/verbs.hpp"

namespace crunc::task {

using process::Operation;

namespace {

/// Beyond the time that exits are held back for slow sinks.
constexpr std::chrono::seconds more_than_that{5};

}  // namespace

bool Removal::must_be_waited_for() const {
  const std::shared_ptr<Member> init = supervision_->init();
  return init && init->process() && !init->told() && init->process()->has_ended();
}

std::shared_ptr<Operation> Removal::begin() {
  if (is_cancelled()) {
    error_ = Error(Errc::cancelled, "");
    error_->operation = "delete";
    error_->container = supervision_->id();
    return nullptr;
  }
  const std::shared_ptr<Member> init = supervision_->init();
  const bool lives = init && init->process() && !init->process()->has_ended();
  const bool is_killed = lives && options_.force && init->signal(SIGKILL).has_value();
  then(&Removal::call_runtime);
  if (!is_killed && !must_be_waited_for()) return nullptr;
  return Member::make_wait(init, supervision_->options().drain_timeout * 2 + more_than_that);
}

std::shared_ptr<Operation> Removal::call_runtime() {
  removing_ = Verbs::prepare(supervision_->runc(), std::string_view(supervision_->id()),
                             RemoveOptions{.force = options_.force, .timeout = options_.timeout});
  if (is_cancelled()) removing_->operation->cancel(process::Urgency::polite);
  then(&Removal::after_runtime);
  return removing_->operation;
}

std::shared_ptr<Operation> Removal::after_runtime() {
  const Result<void> removed = finish(*removing_);
  if (!removed && removed.error().code != Errc::container_not_found) {
    error_ = removed.error();
    return nullptr;
  }
  waiting_ = supervision_->members();
  return wait_for_next();
}

std::shared_ptr<Operation> Removal::wait_for_next() {
  while (!waiting_.empty()) {
    const std::shared_ptr<Member> member = std::move(waiting_.back());
    waiting_.pop_back();
    if (member->told() || !member->process()) continue;
    then(&Removal::wait_for_next);
    return Member::make_wait(member, supervision_->options().drain_timeout * 2 + more_than_that);
  }
  supervision_->clean_up();
  supervision_->tell({.kind = TaskEvent::Kind::removed});
  supervision_->end();
  return nullptr;
}

}  // namespace crunc::task
