// SPDX-License-Identifier: Apache-2.0
// crunc resume
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Resume final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"resume [options] ID", "Lets the processes of a paused container go on.", "  crunc resume web\n"};
  }
  void declare(FlagTable&) override {}
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], ResumeOptions{});
  }
};

}  // namespace

std::unique_ptr<Command> make_resume() { return std::make_unique<Resume>(); }

}  // namespace crunc::cli
