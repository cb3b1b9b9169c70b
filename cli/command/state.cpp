// SPDX-License-Identifier: Apache-2.0
// crunc state
#include <unistd.h>

#include <cstdio>

#include "command/command.hpp"
#include "passthrough.hpp"
#include "view/containers.hpp"

namespace crunc::cli {
namespace {

class State final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"state [options] ID", "Prints the state of a container as JSON, or in a format of crunc's own.",
            "  crunc state web\n  crunc state web | jq .pid\n  crunc state --format table web\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_word("--format,-f", format_, "json|table|jsonl", "json is the runtime's").own_values = "table|jsonl";
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1 || !(format_.empty() || format_ == "json")) return std::nullopt;
    return runc.argv(operands[0], StateOptions{});
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (here.operands.size() != 1) throw UsageError{"state: takes the id of one container"};
    const Result<Container> container = here.runc.state(here.operands.front(), {.timeout = here.timeout});
    if (!container) return tell_failure(container.error());
    if (format_ == "jsonl") {
      std::printf("%s\n", container_json("crunc.state/1", *container).c_str());
    } else {
      show_table(*container);
    }
    return 0;
  }

 private:
  /// A line for each column of `list`, and one for each annotation.
  static void show_table(const Container& container) {
    const Table table = container_table({container}, container_columns());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      std::printf("%-12s%s\n", table.columns[i].title.c_str(), table.rows[0][i].c_str());
    }
    for (const auto& [key, value] : container.annotations) {
      std::printf("%-12s%s=%s\n", "ANNOTATION", printable(key).c_str(), printable(value).c_str());
    }
  }

  std::string format_{};
};

}  // namespace

std::unique_ptr<Command> make_state() { return std::make_unique<State>(); }

}  // namespace crunc::cli
