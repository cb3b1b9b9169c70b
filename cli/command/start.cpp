// SPDX-License-Identifier: Apache-2.0
// crunc start
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Start final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"start [options] ID", "Starts the process of a container that `create` has made.",
            "  crunc create --bundle /bundles/web web && crunc start web\n"};
  }
  void declare(FlagTable&) override {}
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], StartOptions{});
  }
};

}  // namespace

std::unique_ptr<Command> make_start() { return std::make_unique<Start>(); }

}  // namespace crunc::cli
