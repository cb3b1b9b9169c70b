// SPDX-License-Identifier: Apache-2.0
// crunc features
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Features final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"features [options]", "Prints what the runtime can do, as JSON (runc 1.1, crun 1.8.6).",
            "  crunc features\n  crunc features | jq .linux.namespaces\n"};
  }
  void declare(FlagTable&) override {}
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (!operands.empty()) return std::nullopt;
    return runc.argv(FeaturesOptions{});
  }
};

}  // namespace

std::unique_ptr<Command> make_features() { return std::make_unique<Features>(); }

}  // namespace crunc::cli
