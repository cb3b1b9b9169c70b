// SPDX-License-Identifier: Apache-2.0
// crunc checkpoint
#include "command/criu_flags.hpp"
#include "command/criu_stats.hpp"

namespace crunc::cli {
namespace {

class Checkpoint final : public Command {
 public:
  [[nodiscard]] Help help() const override {
    return {"checkpoint [options] ID",
            "Saves a container to images by CRIU. Unless it is told to leave it running, the container is gone then.",
            "  crunc checkpoint --image-path /images/web web\n"
            "  crunc checkpoint --pre-dump --image-path /images/1 web\n"
            "  crunc checkpoint --parent-path ../1 --image-path /images/2 web\n"};
  }
  [[nodiscard]] bool is_probed_by_help() const override { return true; }
  void declare(FlagTable& flags) override {
    declare_criu(flags, options_);
    add_criu_stats(flags, stats_);
    flags.add_path("--parent-path", options_.parent_path, "images of the pre-dump before, relative to --image-path");
    flags.add_flag("--leave-running", options_.leave_running, "the container runs on");
    flags.add_flag("--pre-dump", options_.pre_dump, "memory only, and the container runs on");
    flags.add_word("--status-fd", status_fd_, "FD", "descriptor that gets a byte when lazy pages can be had");
    flags.add_text("--page-server", options_.page_server, "ADDRESS:PORT", "memory goes there");
    flags.add_flag("--tcp-skip-in-flight", options_.tcp_skip_in_flight, "without connections half made (runc 1.3)");
    flags.add_flag("--link-remap", options_.link_remap, "with open files that are unlinked (runc 1.3)");
  }
  /// The library has a descriptor of its own for CRIU's status; the caller's is the runtime's business.
  [[nodiscard]] std::optional<Result<Tokens>> argv(const Runc& runc, const Tokens& operands) const override {
    if (operands.size() != 1 || !status_fd_.empty()) return std::nullopt;
    return runc.argv(operands[0], options_);
  }
  [[nodiscard]] int run(const Surroundings& here) override {
    if (here.operands.size() != 1) throw UsageError{"checkpoint: takes the id of one container"};
    if (!status_fd_.empty()) throw UsageError{"checkpoint: --stats and --status-fd do not go together"};
    CriuWork work(options_.work_path);
    return run_with_criu_stats(here, here.runc.argv(here.operands[0], options_), work,
                               {.is_restore = false, .stats = stats_});
  }

 private:
  std::string stats_{};
  std::string status_fd_{};
  CheckpointOptions options_{};
};

}  // namespace

std::unique_ptr<Command> make_checkpoint() { return std::make_unique<Checkpoint>(); }

}  // namespace crunc::cli
