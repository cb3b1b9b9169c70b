// SPDX-License-Identifier: Apache-2.0
// Row: one line of the report, as text for people and as JSON for programs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "figure.hpp"
#include "spread.hpp"

namespace crunc::bench {

struct Row {
  struct Costs {
    double ours = 0;
    double baseline = 0;
    std::string unit;
  };

  std::string bench;
  Figure figure;
  std::string unit{};  ///< "x": a ratio
  std::optional<Spread> value{};
  std::size_t runs = 0;
  std::optional<Costs> costs{};  ///< of a ratio: medians
  std::string skipped{};         ///< why there is no value
};

[[nodiscard]] boost::json::object to_json(const Row& row);
/// Throws boost::system::system_error or std::exception of what is no row.
[[nodiscard]] Row row_of(const boost::json::object& object);

/// A row's cells; without a value the last one is the reason.
inline constexpr std::array<const char*, 6> headings{"what",      "bar",     "measured",
                                                     "quartiles", "reached", "medians, runs"};
[[nodiscard]] std::array<std::string, headings.size()> cells(const Row& row);

}  // namespace crunc::bench
