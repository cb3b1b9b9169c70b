// SPDX-License-Identifier: Apache-2.0
// crunc list
#include <unistd.h>

#include <cstdio>

#include "command/command.hpp"
#include "deadline.hpp"
#include "passthrough.hpp"
#include "terminal.hpp"
#include "view/containers.hpp"

namespace crunc::cli {
namespace {

/// All containers, whatever is wrong with one of them: that is told on stderr.
class Inventory {
 public:
  Inventory(const Runc& runc, const Timeout& timeout) : runc_(runc), deadline_(timeout) {}

  /// An error if there is no way to know.
  Result<std::vector<Container>> take() {
    const Result<std::vector<std::string>> argv = runc_.argv(ListOptions{.quiet = true});
    // What runc cannot read it leaves out, and says so on stderr.
    if (argv) {
      const Tokens tokens(argv->begin() + 1, argv->end());
      const auto words = runc_.raw(tokens, {.io = Io::capture(), .timeout = deadline_.left()});
      // The next call might be quick enough for what is left of the time, and a half of the truth pass for all of it.
      if (!words && words.error().code == Errc::timed_out) return words.error();
      if (words) std::fputs(words->output.err.c_str(), stderr);
    }
    Result<std::vector<Container>> all = runc_.list({.timeout = deadline_.left()});
    return all || all.error().code == Errc::timed_out ? std::move(all) : one_by_one(all.error());
  }
  [[nodiscard]] bool is_complete() const { return complete_; }

 private:
  Result<std::vector<Container>> one_by_one(const Error& why) {
    complete_ = false;
    const Result<std::vector<Container>> ids = runc_.list({.quiet = true, .timeout = deadline_.left()});
    if (!ids) return why;
    std::vector<Container> found;
    for (const Container& each : *ids) {
      Result<Container> state = runc_.state(each.id, {.timeout = deadline_.left()});
      if (state) {
        found.push_back(std::move(*state));
      } else {
        std::fprintf(stderr, "crunc: list: %s\n", state.error().message().c_str());
      }
    }
    return found;
  }

  const Runc& runc_;
  Deadline deadline_;
  bool complete_ = true;
};

class List final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"list [options]",
            "Lists the containers below the runtime's root. The formats table and json are the runtime's; wide, jsonl\n"
            "and --columns are crunc's own.",
            "  crunc list\n  crunc list --format json | jq '.[].id'\n  crunc list --format wide\n"
            "  crunc list --columns id,pid,age\n  crunc list --quiet\n"};
  }
  void declare(FlagTable& flags) override {
    flags.add_word("--format,-f", format_, "table|json|wide|jsonl", "table and json are the runtime's").own_values =
        "wide|jsonl";
    flags
        .add_word("--columns", columns_, "NAME,...",
                  "of the table: id, pid, status, age, owner, created, bundle, cgroup, rootfs")
        .own_values = Flag::any_value;
    flags.add_flag("--quiet,-q", quiet_, "ids only");
  }
  /// The library asks for JSON; any other form is the runtime's own.
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (!operands.empty() || quiet_ || format_ != "json") return std::nullopt;
    return runc.argv(ListOptions{});
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (!here.operands.empty()) throw UsageError{"list: takes no arguments, and got " + here.operands.front()};
    if (quiet_) throw UsageError{"list: --quiet shows ids alone, and goes with no format of crunc's own"};
    if (!columns_.empty() && (format_ == "json" || format_ == "jsonl")) {
      throw UsageError{"list: --columns are of a table, and --format is " + format_};
    }
    const ColumnNames columns = columns_.empty()
                                    ? ColumnNames{"id", "pid", "status", "age", "owner", "bundle", "cgroup"}
                                    : parse_columns(columns_);
    Inventory inventory(here.runc, here.timeout);
    const auto containers = inventory.take();
    if (!containers) return tell_failure(containers.error());
    show(*containers, columns);
    return inventory.is_complete() ? 0 : 1;
  }

 private:
  void show(const std::vector<Container>& containers, const ColumnNames& columns) const {
    if (format_ == "jsonl") {
      for (const Container& each : containers) std::printf("%s\n", container_json("crunc.list/1", each).c_str());
      return;
    }
    // A file or a program has room for all of it.
    const std::size_t width = is_terminal(STDOUT_FILENO) ? width_of(STDOUT_FILENO) : std::size_t{4096};
    for (const std::string& line : fit(container_table(containers, columns), width)) std::printf("%s\n", line.c_str());
  }

  std::string format_{};
  std::string columns_{};
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_list() { return std::make_unique<List>(); }

}  // namespace crunc::cli
