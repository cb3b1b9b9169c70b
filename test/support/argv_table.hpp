// SPDX-License-Identifier: Apache-2.0
//
// Options and the arguments that they become: a row for every verb and each of its flags.
#pragma once

#include <string>
#include <vector>

#include <crunc/runc.hpp>

namespace crunc::test {

struct ArgvRow {
  std::string what;  ///< the verb, and behind a comma what the row is about
  Result<std::vector<std::string>> argv;
  std::vector<std::string> expected;
};

/// The whole table. Paths are as given.
[[nodiscard]] std::vector<ArgvRow> argv_table();

/// The rows that argv_table() is made of.
[[nodiscard]] std::vector<ArgvRow> container_rows(const Runc& runc);
[[nodiscard]] std::vector<ArgvRow> query_rows(const Runc& runc);
[[nodiscard]] std::vector<ArgvRow> checkpoint_rows(const Runc& runc);

}  // namespace crunc::test
