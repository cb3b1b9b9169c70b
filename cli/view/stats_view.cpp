// SPDX-License-Identifier: Apache-2.0
// Columns, order and JSON of `stats`.

#include "view/stats_view.hpp"

#include <array>

#include "view/figures.hpp"
#include "view/json_line.hpp"
#include "view/sorted.hpp"

namespace crunc::cli {
namespace {

constexpr std::array sorts{Sorting{'c', "cpu"}, Sorting{'m', "mem"}, Sorting{'i', "io"}, Sorting{'p', "pids"},
                           Sorting{'n', "name"}};

constexpr double whole_cpu = 100;

std::size_t history_width(const Shape& shape) { return shape.columns >= 110 ? 20 : 8; }

/// What a container is sorted by, as a number; absent below all that are there.
double rank(const Watched& each, char sort) {
  constexpr double unknown = -1;
  const Rates& rates = each.rates();
  const Usage& usage = each.usage();
  switch (sort) {
    case 'm': return usage.memory_bytes ? static_cast<double>(*usage.memory_bytes) : unknown;
    case 'i':
      return rates.read_bytes_per_second || rates.written_bytes_per_second
                 ? rates.read_bytes_per_second.value_or(0) + rates.written_bytes_per_second.value_or(0)
                 : unknown;
    case 'p': return usage.pids ? static_cast<double>(*usage.pids) : unknown;
    default: return rates.cpu_percent.value_or(unknown);
  }
}

std::vector<Column> columns_of(const Shape& shape) {
  std::vector<Column> columns{{.title = "ID", .align = Align::left, .min_width = 8, .shrink_to = 14},
                              {.title = "PID", .min_width = 5, .drop = 3},
                              {.title = "CPU%", .min_width = 5}};
  if (shape.live)
    columns.push_back({.title = "HISTORY", .align = Align::left, .min_width = history_width(shape), .drop = 1});
  columns.insert(columns.end(), {{.title = "MEM", .min_width = 5},
                                 {.title = "LIMIT", .min_width = 5, .drop = 4},
                                 {.title = "MEM%", .min_width = 4, .drop = 2},
                                 {.title = "READ/s", .min_width = 6},
                                 {.title = "WRITE/s", .min_width = 6},
                                 {.title = "PIDS", .min_width = 4},
                                 {.title = "PSI%", .min_width = 4, .drop = 5},
                                 {.title = "OOM", .min_width = 3}});
  if (!shape.live) columns.push_back({.title = "TIME", .align = Align::left});
  return columns;
}

}  // namespace

std::span<const Sorting> stats_sortings() { return sorts; }
std::span<const Sorting> StatsView::sortings() const { return sorts; }

std::optional<double> StatsView::cpu_percent(const Watched& each) const {
  const auto& percent = each.rates().cpu_percent;
  return percent ? std::optional(*percent / cpus_) : std::nullopt;
}

std::vector<const Watched*> StatsView::ordered(const Order& order) const {
  std::vector<const Watched*> shown;
  for (const Watched& each : sampler_.containers()) {
    if (each.id().find(order.filter) != std::string::npos) shown.push_back(&each);
  }
  sort_by(
      shown, order, [](const Watched* each) { return each->id(); },
      [&](const Watched* each) { return rank(*each, order.sort); });
  return shown;
}

Cells StatsView::cells(const Watched& each, const Shape& shape) const {
  const Usage& usage = each.usage();
  Cells cells{each.id(), std::to_string(each.pid()), percent_text(cpu_percent(each))};
  if (shape.live) cells.push_back(sparkline(each.history(), history_width(shape), whole_cpu, glyphs_));
  cells.insert(cells.end(), {bytes_text(usage.memory_bytes), bytes_text(usage.memory_limit_bytes),
                             percent_text(memory_percent(usage)), bytes_text(each.rates().read_bytes_per_second),
                             bytes_text(each.rates().written_bytes_per_second), count_text(usage.pids),
                             percent_text(highest_pressure(usage)), count_text(usage.oom_kills)});
  if (!shape.live) cells.push_back(timestamp(sampler_.sampled_at()));
  return cells;
}

Table StatsView::table(const Order& order, const Shape& shape) const {
  Table table{columns_of(shape), {}};
  for (const Watched* const each : ordered(order)) table.rows.push_back(cells(*each, shape));
  return table;
}

std::vector<std::string> StatsView::json_lines(const Order& order) const {
  std::vector<std::string> lines;
  for (const Watched* const each : ordered(order)) {
    const Usage& usage = each->usage();
    lines.push_back(JsonLine("crunc.stats/1")
                        .add("time", timestamp(sampler_.sampled_at()))
                        .add("id", each->id())
                        .add("pid", each->pid())
                        .add("cpu_percent", cpu_percent(*each))
                        .add("cpu_usage_nanoseconds", usage.cpu_nanoseconds)
                        .add("memory_current_bytes", usage.memory_bytes)
                        .add("memory_limit_bytes", usage.memory_limit_bytes)
                        .add("memory_percent", memory_percent(usage))
                        .add("io_read_bytes", usage.read_bytes)
                        .add("io_write_bytes", usage.written_bytes)
                        .add("io_read_bytes_per_second", each->rates().read_bytes_per_second)
                        .add("io_write_bytes_per_second", each->rates().written_bytes_per_second)
                        .add("pids_current", usage.pids)
                        .add("cpu_pressure_some_avg10_percent", usage.cpu_pressure)
                        .add("memory_pressure_some_avg10_percent", usage.memory_pressure)
                        .add("io_pressure_some_avg10_percent", usage.io_pressure)
                        .add("oom_kills", usage.oom_kills)
                        .text());
  }
  return lines;
}

std::string StatsView::summary() const {
  const std::size_t count = sampler_.containers().size();
  return std::to_string(count) + (count == 1 ? " container" : " containers");
}

}  // namespace crunc::cli
