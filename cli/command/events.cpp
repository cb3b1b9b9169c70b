// SPDX-License-Identifier: Apache-2.0
// crunc events
#include <algorithm>
#include <filesystem>

#include "command/command.hpp"
#include "duration.hpp"
#include "view/native_events.hpp"

namespace crunc::cli {
namespace {

class Events final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "events [options] ID",
        "Prints what a container uses and when the kernel kills for want of memory, as JSON lines: the runtime's own\n"
        "where it has the verb, else, or with --native, the same read from the cgroup.",
        "  crunc events web\n  crunc events --stats web | jq .data.cpu\n"
        "  crunc --runtime crun events --interval 500ms web\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_word("--interval", interval_, "DURATION", "from one sample to the next; default 5s");
    flags.add_flag("--stats", stats_, "one sample and no more");
    flags.add_flag("--native", native_, "from the cgroup, whatever the runtime has").own_values = Flag::any_value;
    flags.add_word("--format", format_, "jsonl|json", "one JSON object a line, as --native").own_values =
        Flag::any_value;
  }

  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1 || stats_ != interval_.empty()) return std::nullopt;
    if (stats_) return runc.argv(operands[0], StatsOptions{});
    return stream(runc, operands[0]);
  }

  /// By the name of the program where that says it; one of another name is asked for its version.
  [[nodiscard]] bool is_missing_in(const Runc& runc) const override {
    const std::filesystem::path& program = runc.options().command;
    if (program.filename() == "runc") return false;
    const Result<Version> version = runc.version();
    return version && (version->name == "crun" || version->name == "youki");
  }

  [[nodiscard]] int run(const Surroundings& around) override {
    if (!format_.empty() && format_ != "jsonl" && format_ != "json")
      throw UsageError{"events: --format: \"" + format_ + "\" is not jsonl"};
    if (around.operands.size() != 1) throw UsageError{"events: one container's id is needed"};
    NativeEventsOptions options{.once = stats_};
    if (!interval_.empty()) {
      const auto interval = parse_duration(interval_);
      if (!interval)
        throw UsageError{"events: --interval: \"" + interval_ + "\" is not a duration above zero (such as 500ms, 5s)"};
      options.interval = *interval;
    }
    return native_events(around, around.operands[0], options);
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
  std::string format_{};
  bool stats_ = false;
  bool native_ = false;
};

}  // namespace

std::unique_ptr<Command> make_events() { return std::make_unique<Events>(); }

}  // namespace crunc::cli
