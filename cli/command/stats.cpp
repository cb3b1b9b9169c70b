// SPDX-License-Identifier: Apache-2.0
// crunc stats
#include <unistd.h>

#include <algorithm>

#include "command/command.hpp"
#include "view/show.hpp"
#include "view/stats_view.hpp"

namespace crunc::cli {
namespace {

class StatsCommand final : public OwnCommand {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "stats [options] [ID...]",
        "Shows what containers use, all that run or those named: live on a terminal, a line for each sample and\n"
        "container elsewhere. On a terminal c m i p n sort, r reverses, / filters and q ends. CPU is the sum over all\n"
        "CPUs, between two samples: the first has none.",
        "  crunc stats\n  crunc stats --once --sort mem\n  crunc stats -d 500ms -n 10 web db\n"
        "  crunc stats --format jsonl | jq 'select(.cpu_percent > 90) | .id'\n",
        view_exit_status};
  }
  void declare(FlagTable& flags) override {
    flags_.declare(flags, "cpu|mem|io|pids|name");
    flags.add_word("--cpu", cpu_, "sum|normalized", "sum: 100 is one CPU; normalized: 100 is all of them");
  }
  [[nodiscard]] int run(const Surroundings& around) override {
    const ViewOptions options = flags_.read("stats", stats_sortings());
    if (cpu_ != "sum" && cpu_ != "normalized")
      throw UsageError{"stats: --cpu: \"" + cpu_ + "\" is neither sum nor normalized"};
    const double cpus = cpu_ == "sum" ? 1 : static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    const Deadline deadline(around.timeout);
    try {
      StatsView view(Sampler(around.runc, around.operands, deadline), cpus, glyphs_of_environment());
      return show(view, "stats", options, deadline);
    } catch (const TimeIsOver&) {
      return report_timeout("stats", deadline);
    }
  }

 private:
  ViewFlags flags_{};
  std::string cpu_ = "sum";
};

}  // namespace

std::unique_ptr<Command> make_stats() { return std::make_unique<StatsCommand>(); }

}  // namespace crunc::cli
