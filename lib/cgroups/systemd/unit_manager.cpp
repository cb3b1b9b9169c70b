// SPDX-License-Identifier: Apache-2.0
// Where the virtual table of UnitManager is.

#include <crunc/cgroups/units.hpp>

namespace crunc::cgroups {

UnitManager::~UnitManager() = default;

}  // namespace crunc::cgroups
