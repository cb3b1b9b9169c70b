// SPDX-License-Identifier: Apache-2.0
// crunc run
#include "command/creation.hpp"

namespace crunc::cli {
namespace {

class Run final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "run [options] ID",
        "Creates and starts a container, and unless --detach waits for it, hands signals on to it, and ends with its\n"
        "exit status.",
        "  crunc run --bundle /bundles/job job\n  crunc run --detach --bundle /bundles/web web\n"};
  }
  void declare(FlagTable& flags) override {
    declare_creation(flags, bundle_, options_);
    flags.add_flag("--detach,-d", options_.detach, "return when it has started");
    flags.add_flag("--keep", options_.keep, "do not delete it after its end");
    flags.add_flag("--no-subreaper", options_.no_subreaper, "do not become a subreaper");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], bundle_.get(), options_);
  }

 private:
  Path bundle_{};
  RunOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_run() { return std::make_unique<Run>(); }

}  // namespace crunc::cli
