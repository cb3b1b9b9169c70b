// SPDX-License-Identifier: Apache-2.0
// What a runtime printed, into types: pure functions. They take what runc, crun and youki really print, keep members
// that they do not know, and name the member that cannot be read.
#pragma once

#include <string_view>
#include <vector>

#include <crunc/container.hpp>
#include <crunc/error.hpp>
#include <crunc/stats.hpp>

namespace crunc::runtime {

/// The status of this name, in whatever case; `other` for what the specification does not have.
[[nodiscard]] Status parse_status(std::string_view text);

/// The document that `state` prints.
[[nodiscard]] Result<Container> decode_state(std::string_view text);

/// The array that `list --format json` prints; `null` is none.
[[nodiscard]] Result<std::vector<Container>> decode_list(std::string_view text);

/// The lines that `list --quiet` prints: containers of which nothing but the id is known.
[[nodiscard]] Result<std::vector<Container>> decode_ids(std::string_view text);

/// The array that `ps --format json` prints; `null` is none.
[[nodiscard]] Result<std::vector<pid_t>> decode_ps(std::string_view text);

/// The line that `events --stats` prints.
[[nodiscard]] Result<Stats> decode_stats(std::string_view text);

/// The lines that `--version` prints.
[[nodiscard]] Result<Version> decode_version(std::string_view text);

/// The number in a pid file; surrounding white space is allowed.
[[nodiscard]] Result<pid_t> decode_pid(std::string_view text);

}  // namespace crunc::runtime
