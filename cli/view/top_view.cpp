// SPDX-License-Identifier: Apache-2.0
// Columns, order and JSON of `top`.

#include "view/top_view.hpp"

#include <pwd.h>

#include <array>
#include <utility>

#include "view/figures.hpp"
#include "view/json_line.hpp"
#include "view/sorted.hpp"

namespace crunc::cli {
namespace {

constexpr std::array sorts{Sorting{'c', "cpu"}, Sorting{'m', "mem"}, Sorting{'p', "pid"}};

std::vector<Column> columns_of(bool shows_id) {
  std::vector<Column> columns;
  if (shows_id) columns.push_back({.title = "ID", .align = Align::left, .shrink_to = 12});
  columns.insert(columns.end(), {{.title = "PID", .min_width = 5},
                                 {.title = "USER", .align = Align::left, .min_width = 8, .shrink_to = 8, .drop = 2},
                                 {.title = "%CPU", .min_width = 5},
                                 {.title = "RSS", .min_width = 5},
                                 {.title = "STATE", .align = Align::left, .drop = 1},
                                 {.title = "TIME", .min_width = 7, .drop = 3},
                                 {.title = "COMMAND", .align = Align::left, .shrink_to = 12}});
  return columns;
}

}  // namespace

std::span<const Sorting> top_sortings() { return sorts; }
std::span<const Sorting> TopView::sortings() const { return sorts; }

TopView::TopView(std::vector<Running> containers)
    : containers_(std::move(containers)), shows_id_(containers_.size() > 1) {}

bool TopView::sample(const Deadline&) {
  std::erase_if(containers_, [](const Running& each) { return each.has_ended(); });
  rows_.clear();
  std::map<pid_t, ProcessUsage> seen;
  sampled_at_ = std::chrono::system_clock::now();
  for (const Running& container : containers_) {
    for (const pid_t pid : processes_of(container)) add_process(container, pid, seen);
  }
  before_ = std::move(seen);
  return !containers_.empty();
}

void TopView::add_process(const Running& container, pid_t pid, std::map<pid_t, ProcessUsage>& seen) {
  const auto process = read_process(pid);
  if (!process) return;
  Row row{.id = container.id, .process = *process, .uid = read_user(pid), .command = read_command(*process)};
  if (const auto before = before_.find(pid); before != before_.end())
    row.cpu_percent = cpu_percent(before->second, *process);
  row.user = row.uid ? user_name(*row.uid) : no_figure;
  rows_.push_back(std::move(row));
  seen.emplace(pid, *process);
}

std::string TopView::user_name(uid_t uid) {
  const auto [known, is_new] = names_.try_emplace(uid);
  if (is_new) {
    const passwd* const entry = ::getpwuid(uid);
    known->second = entry != nullptr ? entry->pw_name : std::to_string(uid);
  }
  return known->second;
}

std::vector<const TopView::Row*> TopView::ordered(const Order& order) const {
  std::vector<const Row*> shown;
  for (const Row& row : rows_) {
    const bool wanted = row.command.find(order.filter) != std::string::npos || row.user == order.filter ||
                        row.id.find(order.filter) != std::string::npos;
    if (wanted) shown.push_back(&row);
  }
  sort_by(
      shown, order, [](const Row* row) { return row->process.pid; },
      [&](const Row* row) {
        if (order.sort == 'm') return static_cast<double>(row->process.rss_bytes);
        if (order.sort == 'p') return -static_cast<double>(row->process.pid);
        return row->cpu_percent.value_or(-1);
      });
  return shown;
}

Table TopView::table(const Order& order, const Shape&) const {
  Table table{columns_of(shows_id_), {}};
  for (const Row* const row : ordered(order)) {
    Cells cells;
    if (shows_id_) cells.push_back(row->id);
    cells.insert(cells.end(), {std::to_string(row->process.pid), row->user, percent_text(row->cpu_percent),
                               bytes_text(std::optional(row->process.rss_bytes)), std::string(1, row->process.state),
                               cpu_time_text(row->process.cpu_time), row->command});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::vector<std::string> TopView::json_lines(const Order& order) const {
  std::vector<std::string> lines;
  for (const Row* const row : ordered(order)) {
    lines.push_back(JsonLine("crunc.top/1")
                        .add("time", timestamp(sampled_at_))
                        .add("id", row->id)
                        .add("pid", row->process.pid)
                        .add("uid", row->uid)
                        .add("user", row->user)
                        .add("cpu_percent", row->cpu_percent)
                        .add("rss_bytes", row->process.rss_bytes)
                        .add("state", std::string_view(&row->process.state, 1))
                        .add("cpu_time_nanoseconds", row->process.cpu_time.count())
                        .add("command", row->command)
                        .text());
  }
  return lines;
}

std::string TopView::summary() const {
  return std::to_string(rows_.size()) + (rows_.size() == 1 ? " process" : " processes");
}

}  // namespace crunc::cli
