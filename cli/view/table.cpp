// SPDX-License-Identifier: Apache-2.0
// Layout of tables.

#include "view/table.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace crunc::cli {
namespace {

constexpr std::size_t wide_gap = 2;

bool begins_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t own = width_of(text);
  const std::string gap(width > own ? width - own : 0, ' ');
  return align == Align::right ? gap + text : text + gap;
}

std::string joined(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, const Cells& cells,
                   std::size_t gap) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) line.append(gap, ' ');
    line += padded(cut(cells[i], widths[i]), widths[i], columns[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

Cells titles_of(const std::vector<Column>& columns) {
  Cells titles;
  for (const Column& column : columns) titles.push_back(column.title);
  return titles;
}

struct Layout {
  std::vector<std::size_t> widths{};
  std::size_t gap = wide_gap;

  [[nodiscard]] std::size_t total() const {
    const std::size_t gaps = widths.empty() ? 0 : gap * (widths.size() - 1);
    return std::accumulate(widths.begin(), widths.end(), gaps);
  }
};

std::vector<std::size_t> natural_widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(std::max(width_of(column.title), column.min_width));
  for (const Cells& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  return widths;
}

/// Cuts what may be cut; whether that was enough.
bool shrink(Layout& layout, const std::vector<Column>& columns, std::size_t width) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t total = layout.total();
    if (total <= width) return true;
    if (columns[i].shrink_to == 0 || columns[i].shrink_to >= layout.widths[i]) continue;
    const std::size_t spare = layout.widths[i] - columns[i].shrink_to;
    layout.widths[i] -= std::min(spare, total - width);
  }
  return layout.total() <= width;
}

/// Leaves out the column that is missed least; false if all are needed.
bool drop_column(Table& table) {
  const auto least = std::ranges::max_element(table.columns, {}, &Column::drop);
  if (least == table.columns.end() || least->drop == 0) return false;
  const auto index = least - table.columns.begin();
  table.columns.erase(least);
  for (Cells& row : table.rows) row.erase(row.begin() + index);
  return true;
}

}  // namespace

std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string cut(std::string_view text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && characters++ == width) return std::string(text.substr(0, at));
  }
  return std::string(text);
}

std::string printable(std::string_view text) {
  std::string clean(text);
  // 0x80 to 0x9F after 0xC2 are controls, too, of which a terminal may take some.
  for (std::size_t at = 0; at < clean.size(); ++at) {
    const auto byte = static_cast<unsigned char>(clean[at]);
    if (byte < 0x20 || byte == 0x7F) clean[at] = '?';
    const bool control = byte == 0xC2 && at + 1 < clean.size() && static_cast<unsigned char>(clean[at + 1]) < 0xA0;
    if (control) clean.replace(at, 2, "?");
  }
  return clean;
}

std::vector<std::string> fit(const Table& table, std::size_t width) {
  Table shown = table;
  Layout layout;
  do {
    layout = {natural_widths(shown), wide_gap};
    if (layout.total() > width) layout.gap = 1;
  } while (!shrink(layout, shown.columns, width) && drop_column(shown));
  std::vector<std::string> lines{
      cut(joined(shown.columns, layout.widths, titles_of(shown.columns), layout.gap), width)};
  for (const Cells& row : shown.rows)
    lines.push_back(cut(joined(shown.columns, layout.widths, row, layout.gap), width));
  return lines;
}

GrowingTable::GrowingTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(std::max(width_of(column.title), column.min_width));
}

std::string GrowingTable::titles() const { return joined(columns_, widths_, titles_of(columns_), wide_gap); }

void GrowingTable::grow(const Cells& row) {
  for (std::size_t i = 0; i < widths_.size(); ++i) widths_[i] = std::max(widths_[i], width_of(row[i]));
}

std::string GrowingTable::line(const Cells& row) const { return joined(columns_, widths_, row, wide_gap); }

}  // namespace crunc::cli
