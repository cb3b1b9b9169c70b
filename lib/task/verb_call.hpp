// SPDX-License-Identifier: Apache-2.0
// Calls of the runtime for a task that runs: one call, with what is done before and after.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <crunc/prepared.hpp>

#include "process/sequence.hpp"
#include "task/verbs.hpp"

namespace crunc::task {

/// One call of Runc, and what becomes of its outcome.
template <class T>
class VerbCall final : public process::Sequence {
 public:
  /// @param before  called as it begins
  /// @param after   called with the outcome
  VerbCall(detail::Prepared<T> call, std::function<void()> before, std::function<void(const Result<T>&)> after)
      : call_(std::move(call)), before_(std::move(before)), after_(std::move(after)) {}

  [[nodiscard]] Result<T> outcome() const { return *outcome_; }

 private:
  std::shared_ptr<process::Operation> next() override {
    if (!std::exchange(has_begun_, true)) {
      if (before_) before_();
      if (is_cancelled()) call_.operation->cancel(process::Urgency::polite);
      return call_.operation;
    }
    outcome_ = finish(call_);
    if (after_) after_(*outcome_);
    return nullptr;
  }

  detail::Prepared<T> call_;
  std::function<void()> before_;
  std::function<void(const Result<T>&)> after_;
  bool has_begun_ = false;
  std::optional<Result<T>> outcome_{};
};

}  // namespace crunc::task
