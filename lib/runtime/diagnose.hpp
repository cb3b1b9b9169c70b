// SPDX-License-Identifier: Apache-2.0
// Status, stderr and log of a failed call, into an Error. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <crunc/error.hpp>

#include "process/execution.hpp"

namespace crunc::runtime {

/// The Error of a runtime that did not do what it was asked: ended by us, killed, or failed in its own words.
/// @param outcome  of a runtime that was started
/// @param log      all entries of this call's log
[[nodiscard]] Error diagnose(const process::Outcome& outcome, std::vector<LogEntry> log);

/// The Error of a runtime that could not be started.
[[nodiscard]] Error diagnose(const process::SpawnFailure& failure, const process::Command& command);

/// What a runtime's words mean, or runtime_failed where no row of the table knows them.
[[nodiscard]] Errc classify(std::string_view words) noexcept;

/// The last 8 KiB of what a runtime wrote to stderr.
[[nodiscard]] std::string tail_of(std::string_view text);

}  // namespace crunc::runtime
