// SPDX-License-Identifier: Apache-2.0
// bench_table collect ROWS [NAME=VERSION...]: the rows of all benchmarks, with machine and versions, as one JSON.
// bench_table text|markdown FILE: such a JSON for people.

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "machine.hpp"
#include "report.hpp"
#include "row.hpp"

namespace {

namespace json = boost::json;
using namespace crunc::bench;
using Cells = std::array<std::string, headings.size()>;

json::object collect(const std::string& path, const std::vector<std::string>& further_versions) {
  std::ifstream file(path);
  need(file.good(), "cannot read " + path);
  json::array rows;
  for (std::string line; std::getline(file, line);) rows.push_back(json::parse(line));
  json::object all = versions();
  for (const std::string& word : further_versions) {
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    all[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return {{"machine", machine()}, {"versions", std::move(all)}, {"rows", std::move(rows)}};
}

/// "cpu AMD EPYC, cores 2"
std::string listed(const json::object& facts) {
  std::string text;
  for (const auto& [name, value] : facts) {
    if (!text.empty()) text += ", ";
    text += std::string(name) + " " + (value.is_string() ? std::string(value.as_string()) : json::serialize(value));
  }
  return text;
}

void print_markdown(const std::vector<Cells>& table) {
  const auto print = [](const auto& cells) {
    for (const std::string& each : cells) std::cout << "| " << each << ' ';
    std::cout << "|\n";
  };
  print(table.front());
  for (std::size_t i = 0; i < headings.size(); ++i) std::cout << "| --- ";
  std::cout << "|\n";
  std::for_each(table.begin() + 1, table.end(), print);
}

void print_text(const std::vector<Cells>& table) {
  std::array<std::size_t, headings.size()> widths{};
  for (const Cells& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Cells& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << '\n';
  }
}

void print(const json::object& document, bool markdown) {
  std::vector<Row> rows;
  for (const json::value& each : document.at("rows").as_array()) rows.push_back(row_of(each.as_object()));
  std::cout << "Machine: " << listed(document.at("machine").as_object()) << ".\n"
            << (markdown ? "\n" : "") << "Versions: " << listed(document.at("versions").as_object()) << ".\n";
  for (const bool with_bar : {true, false}) {
    std::vector<Cells> table{Cells{}};
    std::ranges::copy(headings, table[0].begin());
    for (const Row& row : rows) {
      if (row.figure.bar.has_value() == with_bar) table.push_back(cells(row));
    }
    if (table.size() == 1) continue;
    std::cout << (markdown ? "\n### " : "\n") << (with_bar ? "The bars" : "Beside them") << "\n\n";
    markdown ? print_markdown(table) : print_text(table);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() >= 2 && words[0] == "collect") {
      std::cout << json::serialize(collect(words[1], {words.begin() + 2, words.end()})) << '\n';
      return 0;
    }
    if (words.size() == 2 && (words[0] == "text" || words[0] == "markdown")) {
      std::ifstream file(words[1]);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      print(json::parse(text).as_object(), words[0] == "markdown");
      return 0;
    }
  } catch (const std::exception& failure) {
    std::cerr << "bench_table: " << failure.what() << '\n';
    return 1;
  }
  std::cerr << "usage: bench_table collect ROWS [NAME=VERSION...] | text FILE | markdown FILE\n";
  return 2;
}
