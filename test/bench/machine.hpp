// SPDX-License-Identifier: Apache-2.0
// On what was measured: the machine, and the versions of what took part.
#pragma once

#include <boost/json/object.hpp>

namespace crunc::bench {

[[nodiscard]] boost::json::object machine();
/// Of what is compiled in, and of the runtimes that are here.
[[nodiscard]] boost::json::object versions();

}  // namespace crunc::bench
