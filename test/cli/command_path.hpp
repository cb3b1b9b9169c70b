// SPDX-License-Identifier: Apache-2.0
// Which crunc is under test.
#pragma once

#include <cstdlib>
#include <string>

namespace crunc::test {

/// The one of this build, or that of CRUNC_TEST_COMMAND.
inline const std::string& command_path() {
  static const std::string path = [] {
    const char* const other = std::getenv("CRUNC_TEST_COMMAND");
    return std::string(other != nullptr && *other != '\0' ? other : CRUNC_COMMAND_PATH);
  }();
  return path;
}

}  // namespace crunc::test
