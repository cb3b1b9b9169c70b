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
  void declare(FlagTable& flags) override {
    flags.add_path("--process,-p", options_.process, "a process.json instead of a command");
    flags.add_path("--console-socket", options_.console_socket, "unix socket that receives the terminal's master");
    flags.add_path("--pidfd-socket", options_.pidfd_socket, "unix socket that receives a pidfd (runc 1.2)");
    flags.add_path("--pid-file", options_.pid_file, "file that gets the process' pid");
    flags.add_flag("--detach,-d", options_.detach, "return when it has started");
    flags.add_flag("--tty,-t", options_.tty, "with a terminal");
    flags.add_text("--cwd", options_.cwd, "PATH", "working directory in the container");
    flags.add_text("--user,-u", options_.user, "UID[:GID]", "user and group");
    flags.add_each("--env,-e", options_.environment, "KEY=VALUE", "set a variable");
    flags.add_each("--additional-gids,-g", options_.additional_gids, "GID", "further groups");
    flags.add_each("--cap,-c", options_.capabilities, "CAP", "add a capability");
    flags.add_each("--cgroup", options_.cgroups, "[CTRL:]PATH", "run in a cgroup below the container's");
    flags.add_text("--process-label", options_.process_label, "LABEL", "SELinux label");
    flags.add_text("--apparmor", options_.apparmor, "PROFILE", "AppArmor profile");
    flags.add_flag("--no-new-privs", options_.no_new_privs, "set no_new_privs");
    flags.add_number("--preserve-fds", options_.preserve_fds, "hand on so many descriptors from 3");
    flags.add_flag("--ignore-paused", options_.ignore_paused, "also in a frozen container");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.empty() || (operands.size() == 1 && options_.process.empty())) return std::nullopt;
    return runc.argv(operands[0], Tokens(operands.begin() + 1, operands.end()), options_);
  }

 private:
  ExecOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_exec() { return std::make_unique<Exec>(); }

}  // namespace crunc::cli
