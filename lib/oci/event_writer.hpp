// SPDX-License-Identifier: Apache-2.0
// An event as runc's `events` prints it, whatever it came from.
#pragma once

#include <string>

#include <crunc/stats.hpp>

namespace crunc::oci {

/// One line of JSON without its newline, in runc's order and with its keys.
///
/// Read again it gives the same event, but that a pids limit of 0 is unlimited to runc. Unlike runc it also prints
/// zeros that are known: to leave them out would make them absent. What is no UTF-8 is replaced as Go does, by U+FFFD.
/// `extra` is written as it stands: its values must be JSON.
[[nodiscard]] std::string write_event(const Event& event);

}  // namespace crunc::oci
