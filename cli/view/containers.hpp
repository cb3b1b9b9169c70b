// SPDX-License-Identifier: Apache-2.0
// Containers in columns and in lines of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <crunc/container.hpp>

#include "view/table.hpp"

namespace crunc::cli {

/// Names of columns: "id", "pid", "status", "age", ...
using ColumnNames = std::vector<std::string>;

[[nodiscard]] const ColumnNames& container_columns();
/// Read "id,pid,status". Throws UsageError, which names what is no column.
[[nodiscard]] ColumnNames parse_columns(std::string_view text);

[[nodiscard]] Table container_table(const std::vector<Container>& containers, const ColumnNames& names);
/// One line without newline; null for what the runtime did not print.
[[nodiscard]] std::string container_json(const char* schema, const Container& container);

}  // namespace crunc::cli
