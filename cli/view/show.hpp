// SPDX-License-Identifier: Apache-2.0
// Showing a view: live on a terminal, line by line anywhere else.
#pragma once

#include <string>

#include "deadline.hpp"
#include "view/view.hpp"
#include "view/view_options.hpp"

namespace crunc::cli {

/// Show it until it ends, or somebody ends it; gives the exit status. Does not return if a signal is to end crunc.
[[nodiscard]] int show(View& view, const std::string& verb, const ViewOptions& options, const Deadline& deadline);

/// Write a line to stdout and flush it; false when nobody reads it any more. Throws std::runtime_error when it cannot
/// be written for another reason.
[[nodiscard]] bool put_line(const std::string& line);

/// Wait until then. False if nobody will read stdout any more; throws TimeIsOver.
[[nodiscard]] bool rest_until(Deadline::Clock::time_point then, const Deadline& deadline);

/// Says on stderr that the time is over; gives the exit status.
[[nodiscard]] int report_timeout(const std::string& verb, const Deadline& deadline);

}  // namespace crunc::cli
