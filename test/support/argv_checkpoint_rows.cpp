// SPDX-License-Identifier: Apache-2.0
//
// Rows of checkpoint and restore, and the table as a whole.
#include "support/argv_table.hpp"

#include <chrono>
#include <csignal>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

namespace crunc::test {

using namespace std::chrono_literals;
using Argv = std::vector<std::string>;

std::vector<ArgvRow> checkpoint_rows(const Runc& runc) {
  return {
      {"checkpoint", runc.argv("c", CheckpointOptions{}), {"runc", "checkpoint", "c"}},
      {"checkpoint, all",
       runc.argv("c", CheckpointOptions{.image_path = "/",
                                        .work_path = "/w",
                                        .parent_path = "tmp",
                                        .tcp_established = true,
                                        .tcp_skip_in_flight = true,
                                        .link_remap = true,
                                        .external_unix_sockets = true,
                                        .shell_job = true,
                                        .file_locks = true,
                                        .auto_dedup = true,
                                        .leave_running = true,
                                        .lazy_pages = true,
                                        .page_server = "h:1",
                                        .manage_cgroups = CgroupsMode::strict,
                                        .empty_namespaces = {"network"},
                                        .on_ready = [] {},
                                        .extra_args = {"--x"},
                                        .tail_args = {"y"}}),
       {"runc",
        "checkpoint",
        "--image-path",
        "/",
        "--work-path",
        "/w",
        "--parent-path",
        "tmp",
        "--tcp-established",
        "--tcp-skip-in-flight",
        "--link-remap",
        "--ext-unix-sk",
        "--shell-job",
        "--page-server",
        "h:1",
        "--file-locks",
        "--manage-cgroups-mode",
        "strict",
        "--empty-ns",
        "network",
        "--lazy-pages",
        "--auto-dedup",
        "--status-fd",
        "4",
        "--leave-running",
        "--x",
        "c",
        "y"}},
      {"checkpoint, pre-dump",
       runc.argv("c", CheckpointOptions{.pre_dump = true, .manage_cgroups = CgroupsMode::soft}),
       {"runc", "checkpoint", "--manage-cgroups-mode", "soft", "--pre-dump", "c"}},
      {"checkpoint, cgroups left alone",
       runc.argv("c", CheckpointOptions{.manage_cgroups = CgroupsMode::ignore}),
       {"runc", "checkpoint", "--manage-cgroups-mode", "ignore", "c"}},
      {"restore", runc.argv("c", "/b", RestoreOptions{}), {"runc", "restore", "--bundle", "/b", "c"}},
      {"restore, all",
       runc.argv("c", "/b",
                 RestoreOptions{.image_path = "/i",
                                .work_path = "/w",
                                .pid_file = "/p",
                                .console_socket = "/s",
                                .detach = true,
                                .no_subreaper = true,
                                .no_pivot = true,
                                .tcp_established = true,
                                .external_unix_sockets = true,
                                .shell_job = true,
                                .file_locks = true,
                                .auto_dedup = true,
                                .lazy_pages = true,
                                .manage_cgroups = CgroupsMode::full,
                                .empty_namespaces = {"network"},
                                .lsm_profile = "apparmor:x",
                                .lsm_mount_context = "m",
                                .extra_args = {"--x"}}),
       {"runc",
        "restore",
        "--no-subreaper",
        "--image-path",
        "/i",
        "--work-path",
        "/w",
        "--tcp-established",
        "--ext-unix-sk",
        "--shell-job",
        "--file-locks",
        "--manage-cgroups-mode",
        "full",
        "--empty-ns",
        "network",
        "--detach",
        "--pid-file",
        "/p",
        "--console-socket",
        "/s",
        "--no-pivot",
        "--auto-dedup",
        "--lazy-pages",
        "--lsm-profile",
        "apparmor:x",
        "--lsm-mount-context",
        "m",
        "--bundle",
        "/b",
        "--x",
        "c"}},
  };
}

std::vector<ArgvRow> argv_table() {
  const Runc runc({.relative_paths = RelativePaths::as_given});
  std::vector<ArgvRow> table = container_rows(runc);
  for (auto* const more : {query_rows, checkpoint_rows}) {
    for (ArgvRow& row : more(runc)) table.push_back(std::move(row));
  }
  return table;
}

}  // namespace crunc::test
