// SPDX-License-Identifier: Apache-2.0
// What CRIU leaves beside its images: its log and its figures.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/checkpoint.hpp>
#include <crunc/error.hpp>

namespace crunc::runtime {

/// The file of CRIU's log, as the runtime's words name it: "criu failed: type DUMP errno 0\nlog file: /w/dump.log".
[[nodiscard]] std::optional<std::string> criu_log_path(const std::vector<LogEntry>& log);

/// The error lines of a log of CRIU's.
[[nodiscard]] std::vector<std::string> criu_errors(std::string_view log);

/// What CRIU says of a failure; nothing when it left no log.
/// @param fallback  where its log is when the runtime does not say
[[nodiscard]] std::optional<CriuFailure> read_criu_failure(const std::vector<LogEntry>& log,
                                                           const std::string& fallback);

/// The bytes of a stats-dump or stats-restore.
[[nodiscard]] Result<CriuDump> decode_criu_dump(std::string_view bytes);
[[nodiscard]] Result<CriuRestore> decode_criu_restore(std::string_view bytes);

}  // namespace crunc::runtime
