// SPDX-License-Identifier: Apache-2.0
// What the checks found, for people and for programs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "doctor/check.hpp"

namespace crunc::cli::doctor {

/// A line for each check, remedies below, nothing wider than `width` columns (but words that are), and a line that
/// counts.
[[nodiscard]] std::string report_table(const std::vector<CheckResult>& results, std::size_t width, bool colours);

/// {"schema":"crunc.doctor/1","checks":[{"name","outcome","fact","remedy"}],"ok":N,"warn":N,"failed":N,"skipped":N}
[[nodiscard]] std::string report_json(const std::vector<CheckResult>& results);

[[nodiscard]] std::size_t count_of(const std::vector<CheckResult>& results, Outcome outcome);

}  // namespace crunc::cli::doctor
