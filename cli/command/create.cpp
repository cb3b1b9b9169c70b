// SPDX-License-Identifier: Apache-2.0
// crunc create
#include "command/creation.hpp"

namespace crunc::cli {
namespace {

class Create final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"create [options] ID", "Creates a container from a bundle. Its process waits for `start`.",
            "  crunc create --bundle /bundles/web --pid-file /run/web.pid web\n"};
  }
  void declare(FlagTable& flags) override { declare_creation(flags, bundle_, options_); }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], bundle_.get(), options_);
  }

 private:
  Path bundle_{};
  CreateOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_create() { return std::make_unique<Create>(); }

}  // namespace crunc::cli
