// SPDX-License-Identifier: Apache-2.0
// crunc restore
#include "command/criu_flags.hpp"
#include "command/criu_stats.hpp"

namespace crunc::cli {
namespace {

class Restore final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"restore [options] ID",
            "Makes a container from the images of a checkpoint, and unless --detach waits for it and ends with its\n"
            "exit status.",
            "  crunc restore --image-path /images/web --bundle /bundles/web web\n"
            "  crunc restore --detach --image-path /images/web --bundle /bundles/web web2\n"};
  }
  [[nodiscard]] bool is_probed_by_help() const override { return true; }
  void declare(FlagTable& flags) override {
    flags.add_path("--bundle,-b", bundle_, "the bundle's directory; by default the working directory");
    declare_criu(flags, options_);
    add_criu_stats(flags, stats_);
    flags.add_path("--console-socket", options_.console_socket, "unix socket that receives the terminal's master");
    flags.add_path("--pid-file", options_.pid_file, "file that gets the container's pid");
    flags.add_flag("--detach,-d", options_.detach, "return when it runs");
    flags.add_flag("--no-subreaper", options_.no_subreaper, "do not become a subreaper");
    flags.add_flag("--no-pivot", options_.no_pivot, "no pivot_root, for a root on a ramdisk");
    flags.add_text("--lsm-profile", options_.lsm_profile, "TYPE:NAME", "AppArmor or SELinux");
    flags.add_text("--lsm-mount-context", options_.lsm_mount_context, "CONTEXT", "SELinux context of mounts");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], bundle_.get(), options_);
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (here.operands.size() != 1) throw UsageError{"restore: takes the id of one container"};
    CriuWork work(options_.work_path);
    return run_with_criu_stats(here, here.runc.argv(here.operands[0], bundle_.get(), options_), work,
                               {.is_restore = true, .stats = stats_});
  }

 private:
  std::string stats_{};
  Path bundle_{};
  RestoreOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_restore() { return std::make_unique<Restore>(); }

}  // namespace crunc::cli
