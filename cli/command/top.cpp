// SPDX-License-Identifier: Apache-2.0
// crunc top
#include "command/command.hpp"
#include "view/screen.hpp"
#include "view/show.hpp"
#include "view/top_view.hpp"

namespace crunc::cli {
namespace {

class TopCommand final : public OwnCommand {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "top [options] ID [ID...]",
        "Shows the processes of containers, by the host's pids: live on a terminal, one table elsewhere. On a "
        "terminal\n"
        "c m p sort, r reverses, / filters and q ends. %CPU is what was used between two samples, so that one table\n"
        "takes an interval.",
        "  crunc top web\n  crunc top --once --sort mem web db\n"
        "  crunc top -n 3 -d 500ms --format jsonl web | jq -c '[.pid, .cpu_percent]'\n",
        view_exit_status};
  }
  void declare(FlagTable& flags) override { flags_.declare(flags, "cpu|mem|pid"); }

  [[nodiscard]] int run(const Surroundings& around) override {
    ViewOptions options = flags_.read("top", top_sortings());
    if (around.operands.empty()) throw UsageError{"top: which container? Its id is missing"};
    const bool live = options.format == ViewFormat::table && is_live_terminal();
    if (!live && options.iterations == 0) {
      options.once = true;
      options.iterations = 1;
    }
    const Deadline deadline(around.timeout);
    try {
      const Finder finder(around.runc);
      std::vector<Running> containers;
      for (const std::string& id : around.operands) containers.push_back(finder.find("top", id, deadline));
      TopView view(std::move(containers));
      return show(view, "top", options, deadline);
    } catch (const TimeIsOver&) {
      return report_timeout("top", deadline);
    }
  }

 private:
  ViewFlags flags_{};
};

}  // namespace

std::unique_ptr<Command> make_top() { return std::make_unique<TopCommand>(); }

}  // namespace crunc::cli
