// SPDX-License-Identifier: Apache-2.0
// crunc ps
#include "command/command.hpp"
#include "view/process_list.hpp"

namespace crunc::cli {
namespace {

class Ps final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"ps [options] ID [ARGUMENT...]",
            "Shows the processes of a container. Everything behind the id is for ps(1); -ef if there is nothing.",
            "  crunc ps web\n  crunc ps web -o pid,rss,args\n  crunc ps --format json web\n"};
  }
  [[nodiscard]] bool operands_end_flags() const override { return true; }
  void declare(FlagTable& flags) override {
    flags.add_word("--format,-f", format_, "table|json|wide|jsonl", "table and json are the runtime's").own_values =
        "wide|jsonl";
  }
  /// The library always names the form; where none was typed it is the runtime's own.
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.empty()) return std::nullopt;
    if (format_ == "json" && operands.size() == 1) return runc.argv(operands[0], PsOptions{});
    if (format_ != "table") return std::nullopt;
    return runc.argv(operands[0], TopOptions{.ps_args = Tokens(operands.begin() + 1, operands.end())});
  }
  [[nodiscard]] int run(const Surroundings& here) override { return show_processes(here, format_); }

 private:
  std::string format_{};
};

}  // namespace

std::unique_ptr<Command> make_ps() { return std::make_unique<Ps>(); }

}  // namespace crunc::cli
