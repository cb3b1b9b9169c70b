// SPDX-License-Identifier: Apache-2.0
// What UnitManager has calls for, on one connection.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "systemd/bus.hpp"

namespace crunc::cgroups {

/// `is_again`: the connection was lost at the first attempt, which may have been heard all the same.
[[nodiscard]] Result<void> start_unit(const Bus& bus, const UnitRequest& request, bool is_again);
[[nodiscard]] Result<void> stop_unit(const Bus& bus, const std::string& unit, std::chrono::milliseconds timeout);
[[nodiscard]] Result<void> reset_unit(const Bus& bus, const std::string& unit);
[[nodiscard]] Result<void> set_unit(const Bus& bus, const std::string& unit, std::vector<UnitProperty> properties);
[[nodiscard]] Result<void> attach_to_unit(const Bus& bus, const std::string& unit, std::string_view below,
                                          const std::vector<pid_t>& pids);
[[nodiscard]] Result<UnitState> state_of_unit(const Bus& bus, const std::string& unit);

}  // namespace crunc::cgroups
