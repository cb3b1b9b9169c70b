// SPDX-License-Identifier: Apache-2.0
// crunc list
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class List final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"list [options]", "Lists the containers below the runtime's root.",
            "  crunc list\n  crunc list --format json | jq '.[].id'\n  crunc list --quiet\n"};
  }
  void declare(CLI::App& app) override {
    app.add_option("--format,-f", format_, "table or json")->type_name("FORMAT")->take_last();
    add_flag(app, "--quiet,-q", quiet_, "ids only");
  }
  /// The library asks for JSON; any other form is the runtime's own.
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (!operands.empty() || quiet_ || format_ != "json") return std::nullopt;
    return runc.argv(ListOptions{});
  }

 private:
  std::string format_{};
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_list() { return std::make_unique<List>(); }

}  // namespace crunc::cli
