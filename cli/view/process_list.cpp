// SPDX-License-Identifier: Apache-2.0
// crunc ps --format wide and jsonl.

#include "view/process_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "passthrough.hpp"
#include "terminal.hpp"
#include "view/table.hpp"

namespace crunc::cli {
namespace {

std::string process_json(const std::string& id, const std::vector<std::string>& headers, const Cells& cells) {
  boost::json::object line{{"schema", "crunc.ps/1"}, {"id", id}};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string key = headers[i];
    std::ranges::transform(key, key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    const bool is_number = !cells[i].empty() && cells[i].size() < 10 &&
                           cells[i].find_first_not_of("0123456789") == std::string::npos && key != "uid";
    if (is_number) {
      line[key] = std::stoi(cells[i]);
    } else {
      line[key] = cells[i];
    }
  }
  return boost::json::serialize(line);
}

void show_table(const ProcessTable& processes) {
  Table table;
  for (const std::string& title : processes.headers) {
    const bool is_last = table.columns.size() + 1 == processes.headers.size();
    table.columns.push_back({.title = title, .align = Align::left, .shrink_to = is_last ? std::size_t{8} : 0});
  }
  for (const Cells& process : processes.processes) {
    Cells& row = table.rows.emplace_back();
    for (const std::string& cell : process) row.push_back(printable(cell));
  }
  const std::size_t width = is_terminal(STDOUT_FILENO) ? width_of(STDOUT_FILENO) : std::size_t{65536};
  for (const std::string& line : fit(table, width)) std::printf("%s\n", line.c_str());
}

}  // namespace

int show_processes(const Surroundings& here, const std::string& format) {
  if (here.operands.empty()) throw UsageError{"ps: the id of a container is missing"};
  const std::string& id = here.operands.front();
  const auto processes =
      here.runc.top(id, {.ps_args = Tokens(here.operands.begin() + 1, here.operands.end()), .timeout = here.timeout});
  if (!processes) return tell_failure(processes.error());
  if (format == "wide") {
    show_table(*processes);
    return 0;
  }
  for (const Cells& each : processes->processes) {
    std::printf("%s\n", process_json(id, processes->headers, each).c_str());
  }
  return 0;
}

}  // namespace crunc::cli
