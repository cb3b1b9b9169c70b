// SPDX-License-Identifier: Apache-2.0
// crunc doctor
#include <unistd.h>

#include <cstdio>

#include "command/command.hpp"
#include "doctor/machine.hpp"
#include "doctor/report.hpp"
#include "terminal.hpp"

namespace crunc::cli {
namespace {

class Doctor final : public OwnCommand {
 public:
  [[nodiscard]] Help help() const override {
    return {
        "doctor [options]",
        "Says what this machine, its kernel, the runtime and CRIU can do: a line for each check, ok, warn, failed or\n"
        "skipped, and for what is not ok the remedy. Nothing is changed.",
        "  crunc doctor\n  crunc --runtime crun doctor\n  crunc doctor --format json | jq '.checks[] | "
        "select(.outcome == \"failed\")'\n",
        "0 when nothing failed, 1 when something did, 2 for a mistake in the command line."};
  }
  void declare(FlagTable& flags) override {
    flags.add_choice("--format,-f", format_, "table|json", "table is for people");
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (!here.operands.empty()) throw UsageError{"doctor: takes no arguments, and got " + here.operands.front()};
    const auto results = doctor::run_checks(doctor::look_at_machine(here.runc, here.timeout));
    const std::string text = format_ == "json"
                                 ? doctor::report_json(results) + "\n"
                                 : doctor::report_table(results, width_of(STDOUT_FILENO), shows_colours(STDOUT_FILENO));
    std::fputs(text.c_str(), stdout);
    return doctor::count_of(results, doctor::Outcome::failed) == 0 ? 0 : 1;
  }

 private:
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> make_doctor() { return std::make_unique<Doctor>(); }

}  // namespace crunc::cli
