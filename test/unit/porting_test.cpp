// SPDX-License-Identifier: Apache-2.0
// The porting guide against the index of what go-runc exports.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/text_file.hpp"

using crunc::test::read_text;
using Lines = std::vector<std::string>;

namespace {

const std::filesystem::path fixtures = CRUNC_FIXTURES_PATH;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}

/// The items of the index: all but its first line, which says what it was made from.
Lines index_items() {
  Lines lines = lines_of(read_text(fixtures / "go-runc-index.txt"));
  if (!lines.empty()) lines.erase(lines.begin());
  return lines;
}

/// The cells of a table's row without blanks around them; none for a line that is no row.
Lines cells_of(std::string_view line) {
  if (line.size() < 2 || line.front() != '|' || line.back() != '|') return {};
  Lines cells;
  for (line.remove_prefix(1); !line.empty();) {
    const std::size_t end = line.find('|');
    const std::string_view cell = line.substr(0, end);
    const std::size_t first = std::min(cell.find_first_not_of(' '), cell.size());
    cells.emplace_back(cell.substr(first, cell.find_last_not_of(' ') + 1 - first));
    line.remove_prefix(end + 1);
  }
  return cells;
}

/// The rows of the guide's tables: those that begin with a name in backticks.
std::vector<Lines> table_rows() {
  std::vector<Lines> rows;
  for (const std::string& line : lines_of(read_text(fixtures.parent_path() / "docs/guide/porting-from-go-runc.md"))) {
    Lines cells = cells_of(line);
    if (!cells.empty() && cells.front().starts_with('`')) rows.push_back(std::move(cells));
  }
  return rows;
}

Lines table_items() {
  Lines items;
  for (const Lines& row : table_rows()) items.push_back(row.front().substr(1, row.front().size() - 2));
  std::ranges::sort(items);
  return items;
}

Lines without(const Lines& items, const Lines& taken) {
  Lines rest;
  std::ranges::set_difference(items, taken, std::back_inserter(rest));
  return rest;
}

}  // namespace

TEST_CASE("the index of go-runc is sorted and has each item once") {
  const Lines items = index_items();
  REQUIRE(!items.empty());
  CHECK(std::ranges::adjacent_find(items, std::ranges::greater_equal()) == items.end());
}

TEST_CASE("the porting guide has every item of go-runc") {
  for (const std::string& item : without(index_items(), table_items())) FAIL_CHECK(item);
}

TEST_CASE("the porting guide has no item that go-runc has not and none twice") {
  for (const std::string& item : without(table_items(), index_items())) FAIL_CHECK(item);
}

TEST_CASE("the porting guide says of each item where it is and what differs") {
  for (const Lines& row : table_rows()) {
    CAPTURE(row.front());
    CHECK(row.size() == 3);
    CHECK(std::ranges::none_of(row, &std::string::empty));
  }
}
