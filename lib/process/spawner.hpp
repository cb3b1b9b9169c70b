// SPDX-License-Identifier: Apache-2.0
// A thread that lasts as long as the process.
#pragma once

#include <functional>

namespace crunc::process {

/// Run `work` on a thread that never ends, and wait until it has.
///
/// PR_SET_PDEATHSIG strikes when the *thread* that made a child ends, and threads of pools do. The
/// thread is started at the first use; a process that was forked meanwhile starts its own. Costs about 0.1 ms a call.
/// Throws std::system_error if there can be no thread.
/// @threads safe
void run_on_lasting_thread(const std::function<void()>& work);

}  // namespace crunc::process
