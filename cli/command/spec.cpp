// SPDX-License-Identifier: Apache-2.0
// crunc spec
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Spec final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"spec [options]", "Writes a config.json to begin with into a bundle.",
            "  crunc spec --bundle /bundles/web\n  crunc spec --rootless\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_path("--bundle,-b", bundle_, "the bundle's directory; by default the working directory");
    flags.add_flag("--rootless", options_.rootless, "for a user without root's rights");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (!operands.empty()) return std::nullopt;
    return runc.argv(bundle_.get(), options_);
  }

 private:
  Path bundle_{};
  SpecOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_spec() { return std::make_unique<Spec>(); }

}  // namespace crunc::cli
