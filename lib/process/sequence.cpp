// SPDX-License-Identifier: Apache-2.0
// Operations one after another.

#include "process/sequence.hpp"

#include <utility>

namespace crunc::process {

bool Sequence::step() {
  while (begun_.empty() || begun_.back()->step()) {
    std::shared_ptr<Operation> following = next();
    if (!following) return true;
    begun_.push_back(std::move(following));
  }
  return false;
}

Interest Sequence::interest() const { return begun_.empty() ? Interest{} : begun_.back()->interest(); }

void Sequence::cancel(Urgency urgency) {
  cancelled_ = true;
  if (!begun_.empty()) begun_.back()->cancel(urgency);
}

}  // namespace crunc::process
