// SPDX-License-Identifier: Apache-2.0
// A table of text: which columns fit into a line, how wide they are, and the lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crunc::cli {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title{};
  Align align = Align::right;
  std::size_t min_width = 0;  ///< so that the columns behind it stand still while its numbers change
  std::size_t shrink_to = 0;  ///< its cells may be cut to this width where it is narrow; 0: never
  int drop = 0;               ///< left out where it is narrower still, the highest first; 0: never
};

using Cells = std::vector<std::string>;

struct Table {
  std::vector<Column> columns{};
  std::vector<Cells> rows{};  ///< each with as many cells as there are columns
};

/// How many characters it is: code points, each taken for one character wide.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;
/// At most `width` characters of it.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);
/// What a process can choose, such as its name, without what would move the cursor: control characters as '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// The lines of a table, its titles first, none wider than `width`.
[[nodiscard]] std::vector<std::string> fit(const Table& table, std::size_t width);

/// The lines of a table that goes on without an end: a column only ever grows.
class GrowingTable {
 public:
  explicit GrowingTable(std::vector<Column> columns);
  [[nodiscard]] std::string titles() const;
  /// Make the columns wide enough for a row.
  void grow(const Cells& row);
  [[nodiscard]] std::string line(const Cells& row) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
};

}  // namespace crunc::cli
