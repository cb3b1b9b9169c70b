// SPDX-License-Identifier: Apache-2.0
// The options that all views have.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "command/flag_table.hpp"
#include "view/view.hpp"

namespace crunc::cli {

enum class ViewFormat : std::uint8_t { table, jsonl };

struct ViewOptions {
  ViewFormat format = ViewFormat::table;
  std::chrono::milliseconds interval = std::chrono::seconds(1);
  std::uint64_t iterations = 0;  ///< 0: until it is ended
  bool once = false;             ///< one table, of what was between two samples
  Order order{};
};

/// For the help of a view.
inline constexpr const char* view_exit_status =
    "0 when it was ended or the containers have ended, 1 when it failed, 2 for a mistake in the command line, 124 "
    "when\n"
    "when --timeout passed.";

/// The options as they were typed.
class ViewFlags {
 public:
  /// @param sorts  the words of --sort, as in "cpu|mem"
  void declare(FlagTable& flags, const char* sorts);
  /// What they mean; throws UsageError, which names the verb.
  [[nodiscard]] ViewOptions read(const std::string& verb, std::span<const Sorting> sortings) const;

 private:
  std::string format_ = "table";
  std::string interval_ = "1s";
  std::string iterations_{};
  std::string sort_{};
  bool once_ = false;
  bool reverse_ = false;
};

}  // namespace crunc::cli
