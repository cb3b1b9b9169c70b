// SPDX-License-Identifier: Apache-2.0
//
// What the systemd that runs here says of its units.
#pragma once

#include <string>

#include "support/run_program.hpp"

namespace crunc::test {

/// A property of a unit as systemctl prints it.
[[nodiscard]] inline std::string unit_property(const std::string& unit, const std::string& name) {
  const ProgramResult result = run_program({"systemctl", "show", "--value", "--property", name, unit});
  return result.out.substr(0, result.out.find('\n'));
}

}  // namespace crunc::test
