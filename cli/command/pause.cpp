// SPDX-License-Identifier: Apache-2.0
// crunc pause
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Pause final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"pause [options] ID", "Freezes every process of a container.", "  crunc pause web\n"};
  }
  void declare(FlagTable&) override {}
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], PauseOptions{});
  }
};

}  // namespace

std::unique_ptr<Command> make_pause() { return std::make_unique<Pause>(); }

}  // namespace crunc::cli
