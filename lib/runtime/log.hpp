// SPDX-License-Identifier: Apache-2.0
// A runtime's log: lines of JSON as runc, crun and youki write them, and back to lines for the caller's own file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <crunc/error.hpp>
#include <crunc/options.hpp>

namespace crunc::runtime {

/// Every line of `text`, also those that are no JSON.
[[nodiscard]] std::vector<LogEntry> parse_log(std::string_view text);

/// Whether an entry tells of a failure.
[[nodiscard]] bool is_error(const LogEntry& entry) noexcept;

/// The entries in logrus' text form: `time="..." level=error msg="..."`.
[[nodiscard]] std::string format_log_as_text(const std::vector<LogEntry>& entries);

}  // namespace crunc::runtime
