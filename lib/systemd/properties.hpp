// SPDX-License-Identifier: Apache-2.0
// Properties of units, on a message.
#pragma once

#include <string_view>
#include <vector>

#include "systemd/bus.hpp"

namespace crunc::cgroups {

/// Appends properties as a(sv). Another negative errno than 0 is sd-bus'.
[[nodiscard]] int append_properties(sd_bus_message* message, const std::vector<UnitProperty>& properties);

/// The optional property that systemd says it does not know, by its name in the words of the refusal; the end of
/// `properties` if there is none such.
[[nodiscard]] std::vector<UnitProperty>::iterator refused_among(std::vector<UnitProperty>& properties,
                                                                const BusError& error);

}  // namespace crunc::cgroups
