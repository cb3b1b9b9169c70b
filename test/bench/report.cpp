// SPDX-License-Identifier: Apache-2.0
// Rows told as they come, and the main() of all benchmarks.
#include "report.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>

#include "interruption.hpp"

namespace crunc::bench {

Report::Report(std::string bench, bool quick, const std::string& rows_path) : bench_(std::move(bench)), quick_(quick) {
  if (rows_path.empty()) return;
  rows_.open(rows_path, std::ios::app);
  need(rows_.good(), "cannot write " + rows_path);
}

void Report::ratio(const Figure& figure, const std::string& unit, const std::vector<double>& ours,
                   const std::vector<double>& baseline) {
  const bool is_cost = figure.good == Good::low;
  add({.bench = bench_,
       .figure = figure,
       .unit = "x",
       .value = spread(is_cost ? ratios(ours, baseline) : ratios(baseline, ours)),
       .runs = ours.size(),
       .costs = Row::Costs{spread(ours).median, spread(baseline).median, unit}});
}

void Report::value(const Figure& figure, const std::string& unit, const std::vector<double>& values) {
  add({.bench = bench_, .figure = figure, .unit = unit, .value = spread(values), .runs = values.size()});
}

void Report::skip(const Figure& figure, const std::string& reason) {
  add({.bench = bench_, .figure = figure, .skipped = reason});
}

void Report::add(const Row& row) {
  const auto texts = cells(row);
  std::printf("%-70s %10s %12s  %-18s %-4s %s\n", texts[0].c_str(), texts[1].c_str(), texts[2].c_str(),
              texts[3].c_str(), texts[4].c_str(), texts[5].c_str());
  std::fflush(stdout);
  if (rows_.is_open()) rows_ << boost::json::serialize(to_json(row)) << std::endl;
}

void need(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

int run_bench(const std::string& name, int argc, char** argv, const std::function<void(Report&)>& measure) {
  bool quick = false;
  std::string rows_path;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick") {
      quick = true;
    } else if (word == "--json" && i + 1 < argc) {
      rows_path = argv[++i];
    } else {
      std::fprintf(stderr, "usage: %s [--quick] [--json FILE]\n", argv[0]);
      return 2;
    }
  }
  hold_signals();
  try {
    Report report(name, quick, rows_path);
    measure(report);
  } catch (const Interrupted& interrupted) {
    end_by(interrupted.signal);
  } catch (const std::exception& failure) {
    // What failed may have failed of the same signal.
    if (const auto signal = held_signal()) end_by(*signal);
    std::fprintf(stderr, "%s: %s\n", argv[0], failure.what());
    return 1;
  }
  return 0;
}

}  // namespace crunc::bench
