// SPDX-License-Identifier: Apache-2.0
//
// The count of test cases behind the closing line of a test program. doctest knows no case that finds at run
// time that it cannot run here, so these are counted apart.
#pragma once

#include <string>

namespace crunc::test {

struct Tally {
  bool started = false;  ///< false when tests were only listed or counted
  unsigned passed = 0;
  unsigned failed = 0;
  unsigned skipped = 0;
  bool skipping = false;  ///< the case that runs now has asked to be skipped

  /// The one tally of this process.
  static Tally& instance();

  /// Count the case that just ended.
  void end_case(bool success);

  /// `[crunc] N passed, N failed, N skipped`.
  [[nodiscard]] std::string summary() const;
};

}  // namespace crunc::test
