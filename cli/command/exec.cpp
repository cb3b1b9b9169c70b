// SPDX-License-Identifier: Apache-2.0
// crunc exec
#include "command/command.hpp"

namespace crunc::cli {
namespace {

class Exec final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"exec [options] ID COMMAND [ARGUMENT...]",
            "Runs a further process in a running container, and unless --detach waits for it and ends with its exit\n"
            "status. Everything behind the id is the process' own.",
            "  crunc exec web ps -ef\n  crunc exec --tty --user 1000 web sh\n  crunc exec --process spec.json web\n"};
  }
  [[nodiscard]] bool operands_end_flags() const override { return true; }
  void declare(CLI::App& app) override {
    add_path(app, "--process,-p", options_.process, "a process.json instead of a command");
    add_path(app, "--console-socket", options_.console_socket, "unix socket that receives the terminal's master");
    add_path(app, "--pidfd-socket", options_.pidfd_socket, "unix socket that receives a pidfd (runc 1.2)");
    add_path(app, "--pid-file", options_.pid_file, "file that gets the process' pid");
    add_flag(app, "--detach,-d", options_.detach, "return when it has started");
    add_flag(app, "--tty,-t", options_.tty, "with a terminal");
    add_text(app, "--cwd", options_.cwd, "working directory in the container")->type_name("PATH");
    add_text(app, "--user,-u", options_.user, "user and group")->type_name("UID[:GID]");
    add_each(app, "--env,-e", options_.environment, "set a variable")->type_name("KEY=VALUE");
    add_each(app, "--additional-gids,-g", options_.additional_gids, "further groups")
        ->type_name("GID")
        ->check(is_plain);
    add_each(app, "--cap,-c", options_.capabilities, "add a capability")->type_name("CAP");
    add_each(app, "--cgroup", options_.cgroups, "run in a cgroup below the container's")->type_name("[CTRL:]PATH");
    add_text(app, "--process-label", options_.process_label, "SELinux label")->type_name("LABEL");
    add_text(app, "--apparmor", options_.apparmor, "AppArmor profile")->type_name("PROFILE");
    add_flag(app, "--no-new-privs", options_.no_new_privs, "set no_new_privs");
    app.add_option("--preserve-fds", options_.preserve_fds, "hand on so many descriptors from 3")
        ->type_name("N")
        ->take_last();
    add_flag(app, "--ignore-paused", options_.ignore_paused, "also in a frozen container");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.empty() || (operands.size() == 1 && options_.process.empty())) return std::nullopt;
    return runc.argv(operands[0], Tokens(operands.begin() + 1, operands.end()), options_);
  }

 private:
  /// Why this is no decimal number; runc reads "010" as ten and "0x10" not at all, CLI11 both by their prefix.
  static std::string is_plain(const std::string& text) {
    const bool plain = text == "0" || (!text.starts_with('0') && text.find_first_not_of("0123456789") == text.npos);
    return plain ? "" : "not a decimal number";
  }

  ExecOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_exec() { return std::make_unique<Exec>(); }

}  // namespace crunc::cli
