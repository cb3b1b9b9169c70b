// SPDX-License-Identifier: Apache-2.0
// The table that youki's `list` prints, whatever format it is asked for.
#pragma once

#include <string_view>
#include <vector>

#include <crunc/container.hpp>
#include <crunc/error.hpp>

namespace crunc::runtime {

/// Whether this is the table and neither JSON nor a list of ids, none of which begins with its header.
[[nodiscard]] bool is_container_table(std::string_view text);

/// The containers of the table. Cells may be empty, and a bundle's path may have blanks in it; a row that cannot be
/// read is malformed_output.
[[nodiscard]] Result<std::vector<Container>> decode_container_table(std::string_view text);

}  // namespace crunc::runtime
