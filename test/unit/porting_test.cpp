// SPDX-License-Identifier: Apache-2.0
// The porting guides against the indices of what their ancestors export.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/text_file.hpp"

using crunc::test::read_text;
using Lines = std::vector<std::string>;

namespace {

const std::filesystem::path fixtures = CRUNC_FIXTURES_PATH;

/// One ancestor: its index, and the tables of a guide that are about it.
struct Ancestor {
  std::string index;
  std::string guide;
  /// What the items of a table lack of their names in the index, by the heading's words up to a colon. None: all
  /// tables.
  std::map<std::string, std::string> prefixes;
};

const std::vector<Ancestor> ancestors{
    {"go-runc-index.txt", "porting-from-go-runc.md", {}},
    {"containerd-cgroups-index.txt",
     "porting-from-containerd-cgroups.md",
     {{"containerd/cgroups", ""}, {"cgroup1", "cgroup1."}, {"cgroup2", "cgroup2."}}},
    {"libcontainer-cgroups-index.txt", "porting-from-containerd-cgroups.md", {{"libcontainer", ""}}},
    {"crio-cgmgr-index.txt", "porting-from-crio-cgmgr.md", {}},
};

struct Row {
  Lines items{};  ///< by their names in the index
  Lines cells{};
};

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}

/// The items of the index: all but its first line, which says what it was made from.
Lines index_items(const Ancestor& ancestor) {
  Lines lines = lines_of(read_text(fixtures / ancestor.index));
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

/// "a" and "b" of "`a`, `b`".
Lines names_in(const std::string& cell) {
  Lines names;
  for (std::size_t begin = cell.find('`'); begin != std::string::npos; begin = cell.find('`', begin)) {
    const std::size_t end = std::min(cell.find('`', begin + 1), cell.size());
    names.push_back(cell.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return names;
}

/// The rows of the guide's tables: those that begin with a name in backticks.
std::vector<Row> table_rows(const Ancestor& ancestor) {
  std::vector<Row> rows;
  std::string heading;
  for (const std::string& line : lines_of(read_text(fixtures.parent_path() / "docs/guide" / ancestor.guide))) {
    if (line.starts_with("## ")) heading = line.substr(3, line.find(':') - 3);
    Lines cells = cells_of(line);
    if (cells.empty() || !cells.front().starts_with('`')) continue;
    const auto prefix = ancestor.prefixes.find(heading);
    if (!ancestor.prefixes.empty() && prefix == ancestor.prefixes.end()) continue;
    Lines items = names_in(cells.front());
    if (!ancestor.prefixes.empty()) {
      for (std::string& item : items) item.insert(0, prefix->second);
    }
    rows.push_back({std::move(items), std::move(cells)});
  }
  return rows;
}

Lines table_items(const Ancestor& ancestor) {
  Lines items;
  for (const Row& row : table_rows(ancestor)) items.insert(items.end(), row.items.begin(), row.items.end());
  std::ranges::sort(items);
  return items;
}

Lines without(const Lines& items, const Lines& taken) {
  Lines rest;
  std::ranges::set_difference(items, taken, std::back_inserter(rest));
  return rest;
}

}  // namespace

TEST_CASE("an index of an ancestor is sorted and has each item once") {
  for (const Ancestor& ancestor : ancestors) {
    CAPTURE(ancestor.index);
    const Lines items = index_items(ancestor);
    CHECK(items.size() > 100);
    CHECK(std::ranges::adjacent_find(items, std::ranges::greater_equal()) == items.end());
  }
}

TEST_CASE("a porting guide has every item of its ancestor") {
  for (const Ancestor& ancestor : ancestors) {
    CAPTURE(ancestor.index);
    CHECK_FALSE(index_items(ancestor).empty());
    for (const std::string& item : without(index_items(ancestor), table_items(ancestor))) FAIL_CHECK(item);
  }
}

TEST_CASE("a porting guide has no item that its ancestor has not and none twice") {
  for (const Ancestor& ancestor : ancestors) {
    CAPTURE(ancestor.index);
    CHECK_FALSE(table_items(ancestor).empty());
    for (const std::string& item : without(table_items(ancestor), index_items(ancestor))) FAIL_CHECK(item);
  }
}

TEST_CASE("a porting guide says of each item where it is and what differs") {
  for (const Ancestor& ancestor : ancestors) {
    for (const Row& row : table_rows(ancestor)) {
      CAPTURE(row.cells.front());
      CHECK(row.cells.size() == 3);
      CHECK(std::ranges::none_of(row.cells, &std::string::empty));
    }
  }
}
