// SPDX-License-Identifier: Apache-2.0
// Uses the component systemd: asks the machine's systemd for its version, which need not be there.
#include <iostream>

#include <crunc/cgroups/systemd.hpp>

int main() {
  const auto version = crunc::cgroups::Systemd::system()->version();
  std::cout << (version ? "systemd " + std::to_string(*version) : version.error().message()) << '\n';
  return 0;
}
