// SPDX-License-Identifier: Apache-2.0
// crunc kill
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Kill final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"kill [options] ID [SIGNAL]", "Sends a signal, TERM if none is named, to the container's first process.",
            "  crunc kill web\n  crunc kill web KILL\n  crunc kill web RTMIN+3\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_flag("--all,-a", options_.all, "every process of the container (runc before 1.2)");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.empty() || operands.size() > 2) return std::nullopt;
    const Result<Signal> signal = operands.size() == 2 ? Signal::parse(operands[1]) : Result<Signal>(Signal());
    if (!signal) return std::nullopt;
    return runc.argv(operands[0], *signal, options_);
  }

 private:
  KillOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_kill() { return std::make_unique<Kill>(); }

}  // namespace crunc::cli
