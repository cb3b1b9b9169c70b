// SPDX-License-Identifier: Apache-2.0
// The ways to run `PROGRAM state web` and to have all that it prints: by hand, and by Boost.Process' own launchers.
#pragma once

#include <string>

namespace crunc::bench {

// Each of them returns what the program wrote to its stdout, and throws or aborts on what fails.

/// What one would write by hand: three streams, both outputs drained, the child waited for.
std::string call_by_hand(const std::string& program);

// Only where HAVE_BOOST_PROCESS.
std::string call_by_boost_child(const std::string& program);
std::string call_by_boost_system(const std::string& program);
std::string call_by_boost_v2(const std::string& program);

}  // namespace crunc::bench
