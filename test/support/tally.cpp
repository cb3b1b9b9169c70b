// SPDX-License-Identifier: Apache-2.0
//
// Counts test cases. A case that was skipped and failed all the same has failed.
#include "tally.hpp"

#include <utility>

namespace crunc::test {

Tally& Tally::instance() {
  static Tally tally;
  return tally;
}

void Tally::end_case(bool success) {
  const bool was_skipped = std::exchange(skipping, false);
  ++(!success ? failed : was_skipped ? skipped : passed);
}

std::string Tally::summary() const {
  return "[crunc] " + std::to_string(passed) + " passed, " + std::to_string(failed) + " failed, " +
         std::to_string(skipped) + " skipped";
}

}  // namespace crunc::test
