// SPDX-License-Identifier: Apache-2.0
// Operations one after another, as one.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "process/operation.hpp"

namespace crunc::process {

class Sequence : public Operation {
 public:
  bool step() final;
  [[nodiscard]] Interest interest() const final;
  void cancel(Urgency urgency) final;

 protected:
  /// The next operation, or null when all is done. Called first, and each time that the one before is over.
  virtual std::shared_ptr<Operation> next() = 0;
  /// Whether somebody has asked for an early end. The operation of that moment was told so itself.
  [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_; }

 private:
  /// All that were begun, the present one last: their descriptors stay open as Operation demands.
  std::vector<std::shared_ptr<Operation>> begun_{};
  bool cancelled_ = false;
};

/// A sequence whose order is found on the way: each step is a method of `Derived` that names the one after it by
/// then(), and may return an operation to be driven before that. Without a then() it was the last.
template <class Derived>
class Steps : public Sequence {
 protected:
  using Step = std::shared_ptr<Operation> (Derived::*)();
  explicit Steps(Step first) noexcept : then_(first) {}
  void then(Step following) noexcept { then_ = following; }

 private:
  std::shared_ptr<Operation> next() final {
    while (then_ != nullptr) {
      const Step now = std::exchange(then_, nullptr);
      if (auto operation = (static_cast<Derived*>(this)->*now)()) return operation;
    }
    return nullptr;
  }

  Step then_;
};

}  // namespace crunc::process
