// SPDX-License-Identifier: Apache-2.0
// The flags among the words behind a verb.
#pragma once

#include "command/flag_table.hpp"
#include "command_line.hpp"

namespace crunc::cli {

/// Puts the values of the flags where the table has them to go.
/// @param operands_end_flags  the first word that is no flag, and all behind it, are operands
/// @return  the operands; among them flags that the table does not have, for the caller to judge
/// Throws UsageError.
[[nodiscard]] Tokens parse_flags(const FlagTable& table, const Tokens& words, bool operands_end_flags);

}  // namespace crunc::cli
