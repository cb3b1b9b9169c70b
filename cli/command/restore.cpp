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
  void declare(CLI::App& app) override {
    add_path(app, "--bundle,-b", bundle_, "the bundle's directory; by default the working directory");
    declare_criu(app, options_);
    add_criu_stats(app, stats_);
    add_path(app, "--console-socket", options_.console_socket, "unix socket that receives the terminal's master");
    add_path(app, "--pid-file", options_.pid_file, "file that gets the container's pid");
    add_flag(app, "--detach,-d", options_.detach, "return when it runs");
    add_flag(app, "--no-subreaper", options_.no_subreaper, "do not become a subreaper");
    add_flag(app, "--no-pivot", options_.no_pivot, "no pivot_root, for a root on a ramdisk");
    add_text(app, "--lsm-profile", options_.lsm_profile, "AppArmor or SELinux")->type_name("TYPE:NAME");
    add_text(app, "--lsm-mount-context", options_.lsm_mount_context, "SELinux context of mounts")->type_name("CONTEXT");
  }
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1) return std::nullopt;
    return runc.argv(operands[0], bundle_.get(), options_);
  }
  [[nodiscard]] bool is_own() const override { return !stats_.empty(); }
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
