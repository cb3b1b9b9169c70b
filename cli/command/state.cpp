// SPDX-License-Identifier: Apache-2.0
// crunc state
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class State final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"state [options] ID", "Prints the state of a container as JSON.",
            "  crunc state web\n  crunc state web | jq .pid\n"};
  }
  void declare(CLI::App&) override {}
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], StateOptions{});
  }
};

}  // namespace

std::unique_ptr<Command> make_state() { return std::make_unique<State>(); }

}  // namespace crunc::cli
