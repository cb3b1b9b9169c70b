// SPDX-License-Identifier: Apache-2.0
// crunc events
#include <algorithm>

#include "command/command.hpp"
#include "duration.hpp"

namespace crunc::cli {
namespace {

class Events final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"events [options] ID",
            "Prints what a container uses every now and then, and when it ran out of memory, as JSON lines.",
            "  crunc events --interval 1s web\n  crunc events --stats web | jq .data.memory.usage\n"};
  }
  void declare(CLI::App& app) override {
    app.add_option("--interval", interval_, "from one sample to the next; 5s by default")
        ->type_name("DURATION")
        ->take_last();
    add_flag(app, "--stats", stats_, "one sample, at once");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1 || stats_ != interval_.empty()) return std::nullopt;
    if (stats_) return runc.argv(operands[0], StatsOptions{});
    return stream(runc, operands[0]);
  }

 private:
  /// The call, if the library writes the interval as it was typed: the runtimes differ in how they read it.
  [[nodiscard]] std::optional<Result<Tokens>> stream(const Runc& runc, const std::string& id) const {
    const auto interval = parse_duration(interval_);
    if (!interval) return std::nullopt;
    Result<Tokens> argv = runc.argv(id, EventsOptions{.interval = *interval});
    if (argv && std::ranges::find(*argv, "--interval=" + interval_) == argv->end()) return std::nullopt;
    return argv;
  }

  std::string interval_{};
  bool stats_ = false;
};

}  // namespace

std::unique_ptr<Command> make_events() { return std::make_unique<Events>(); }

}  // namespace crunc::cli
