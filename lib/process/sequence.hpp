// SPDX-License-Identifier: Apache-2.0
// Operations one after another, as one.
#pragma once

#include <memory>
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

}  // namespace crunc::process
