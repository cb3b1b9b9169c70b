// SPDX-License-Identifier: Apache-2.0
// Arguments of checkpoint and restore.

#include "runtime/flag_list.hpp"

namespace crunc::runtime {
namespace {

namespace fs = std::filesystem;

const char* word_of(CgroupsMode mode) {
  switch (mode) {
    case CgroupsMode::soft: return "soft";
    case CgroupsMode::full: return "full";
    case CgroupsMode::strict: return "strict";
    case CgroupsMode::ignore: return "ignore";
    case CgroupsMode::automatic: break;
  }
  return "";
}

}  // namespace

Arguments arguments(const CheckpointOptions& options, const BaseDirectory& base, std::string_view id) {
  Arguments result = of_container("checkpoint", id);
  const bool asks_ready = static_cast<bool>(options.on_ready);
  const bool beyond_crun = options.lazy_pages || options.auto_dedup || asks_ready || !options.page_server.empty() ||
                           !options.empty_namespaces.empty();
  FlagList(result, base)
      .path("--image-path", options.image_path)
      .path("--work-path", options.work_path)
      .value("--parent-path", options.parent_path->string())  // CRIU wants it relative
      .flag("--tcp-established", options.tcp_established)
      .flag("--tcp-skip-in-flight", options.tcp_skip_in_flight)
      .flag("--link-remap", options.link_remap)
      .flag("--ext-unix-sk", options.external_unix_sockets)
      .flag("--shell-job", options.shell_job)
      .value("--page-server", options.page_server.get())
      .flag("--file-locks", options.file_locks)
      .value("--manage-cgroups-mode", word_of(options.manage_cgroups))
      .each("--empty-ns", options.empty_namespaces)
      .flag("--lazy-pages", options.lazy_pages)
      .flag("--auto-dedup", options.auto_dedup)
      .value("--status-fd", asks_ready ? std::to_string(document_fd(0)) : "")
      .flag("--leave-running", options.leave_running)
      .flag("--pre-dump", options.pre_dump)
      .needs(Feature::checkpoint, true)
      .needs(Feature::criu_beyond_crun, beyond_crun)
      .needs(Feature::criu_skip_remap, options.tcp_skip_in_flight || options.link_remap)
      .needs(Feature::criu_ignore_cgroups, options.manage_cgroups == CgroupsMode::ignore)
      .extra(options);
  return result;
}

Arguments arguments(const RestoreOptions& options, const BaseDirectory& base, std::string_view id,
                    const fs::path& bundle) {
  Arguments result = of_container("restore", id);
  const bool beyond_crun =
      options.lazy_pages || options.auto_dedup || options.no_pivot || !options.empty_namespaces.empty();
  FlagList(result, base)
      .path("--image-path", options.image_path)
      .path("--work-path", options.work_path)
      .flag("--tcp-established", options.tcp_established)
      .flag("--ext-unix-sk", options.external_unix_sockets)
      .flag("--shell-job", options.shell_job)
      .flag("--file-locks", options.file_locks)
      .value("--manage-cgroups-mode", word_of(options.manage_cgroups))
      .each("--empty-ns", options.empty_namespaces)
      .flag("--detach", options.detach)
      .path("--pid-file", options.pid_file)
      .socket("--console-socket", options.console_socket)
      .flag("--no-pivot", options.no_pivot)
      .flag("--auto-dedup", options.auto_dedup)
      .flag("--lazy-pages", options.lazy_pages)
      .value("--lsm-profile", options.lsm_profile.get())
      .value("--lsm-mount-context", options.lsm_mount_context.get())
      .path("--bundle", bundle)
      .needs(Feature::restore, true)
      .needs(Feature::criu_beyond_crun, beyond_crun)
      .needs(Feature::criu_ignore_cgroups, options.manage_cgroups == CgroupsMode::ignore)
      .extra(options);
  if (!options.no_subreaper) return result;
  // crun refuses the flag, and is never a subreaper.
  result.needs.add(Feature::restore_no_subreaper);
  result.substitute = {.lacking = Feature::restore_no_subreaper, .arguments = whole(result)};
  result.flags.insert(result.flags.begin(), "--no-subreaper");
  return result;
}

}  // namespace crunc::runtime
