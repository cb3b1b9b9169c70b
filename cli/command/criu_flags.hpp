// SPDX-License-Identifier: Apache-2.0
// The flags that checkpoint and restore have in common.
#pragma once

#include <array>
#include <utility>

#include <crunc/checkpoint.hpp>

#include "command/command.hpp"

namespace crunc::cli {

/// Binds --manage-cgroups-mode. A word that the library does not know is for the runtime to refuse.
inline void add_cgroups_mode(CLI::App& app, CgroupsMode& mode) {
  const auto read = [&mode](const std::string& word) {
    constexpr std::array<std::pair<std::string_view, CgroupsMode>, 4> words{{{"soft", CgroupsMode::soft},
                                                                             {"full", CgroupsMode::full},
                                                                             {"strict", CgroupsMode::strict},
                                                                             {"ignore", CgroupsMode::ignore}}};
    for (const auto& [name, value] : words) {
      if (word == name) return static_cast<void>(mode = value);
    }
    throw CLI::ValidationError("--manage-cgroups-mode", word);
  };
  app.add_option_function<std::string>("--manage-cgroups-mode", read,
                                       "what becomes of the cgroup; ignore since runc 1.2")
      ->type_name("soft|full|strict|ignore")
      ->take_last();
}

/// @param options  CheckpointOptions or RestoreOptions
template <class Options>
void declare_criu(CLI::App& app, Options& options) {
  add_path(app, "--image-path", options.image_path, "directory of the images; by default ./checkpoint");
  add_path(app, "--work-path", options.work_path, "directory of CRIU's log and figures");
  add_flag(app, "--tcp-established", options.tcp_established, "with open TCP connections");
  add_flag(app, "--ext-unix-sk", options.external_unix_sockets, "with unix sockets to the outside");
  add_flag(app, "--shell-job", options.shell_job, "with a terminal that comes from outside");
  add_flag(app, "--file-locks", options.file_locks, "with file locks");
  add_flag(app, "--lazy-pages", options.lazy_pages, "memory when it is asked for (userfaultfd)");
  add_flag(app, "--auto-dedup", options.auto_dedup, "drop memory from older images that is held anew");
  add_cgroups_mode(app, options.manage_cgroups);
  add_each(app, "--empty-ns", options.empty_namespaces, "namespace whose content is left out")->type_name("network");
}

}  // namespace crunc::cli
