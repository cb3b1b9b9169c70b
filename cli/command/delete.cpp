// SPDX-License-Identifier: Apache-2.0
// crunc delete
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Delete final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"delete [options] ID", "Deletes a container that has stopped, or with --force any.",
            "  crunc delete web\n  crunc delete --force web\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_flag("--force,-f", options_.force, "kill it first if it runs; an unknown id is no failure");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], options_);
  }

 private:
  RemoveOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_delete() { return std::make_unique<Delete>(); }

}  // namespace crunc::cli
