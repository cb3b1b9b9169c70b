// SPDX-License-Identifier: Apache-2.0
// The flags that checkpoint and restore have in common.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <crunc/checkpoint.hpp>

#include "command/command.hpp"

namespace crunc::cli {

/// Binds --manage-cgroups-mode. A word that the library does not know is for the runtime to refuse.
inline void add_cgroups_mode(FlagTable& flags, CgroupsMode& mode) {
  const auto take = [&mode](const std::string& word) {
    constexpr std::array<std::pair<std::string_view, CgroupsMode>, 4> words{{{"soft", CgroupsMode::soft},
                                                                             {"full", CgroupsMode::full},
                                                                             {"strict", CgroupsMode::strict},
                                                                             {"ignore", CgroupsMode::ignore}}};
    const auto known = std::ranges::find(words, word, [](const auto& pair) { return pair.first; });
    if (known == words.end()) return word;
    mode = known->second;
    return std::string();
  };
  flags.add({.names = "--manage-cgroups-mode",
             .value = "soft|full|strict|ignore",
             .description = "what becomes of the cgroup; ignore since runc 1.2",
             .target = take});
}

/// @param options  CheckpointOptions or RestoreOptions
template <class Options>
void declare_criu(FlagTable& flags, Options& options) {
  flags.add_path("--image-path", options.image_path, "directory of the images; by default ./checkpoint");
  flags.add_path("--work-path", options.work_path, "directory of CRIU's log and figures");
  flags.add_flag("--tcp-established", options.tcp_established, "with open TCP connections");
  flags.add_flag("--ext-unix-sk", options.external_unix_sockets, "with unix sockets to the outside");
  flags.add_flag("--shell-job", options.shell_job, "with a terminal that comes from outside");
  flags.add_flag("--file-locks", options.file_locks, "with file locks");
  flags.add_flag("--lazy-pages", options.lazy_pages, "memory when it is asked for (userfaultfd)");
  flags.add_flag("--auto-dedup", options.auto_dedup, "drop memory from older images that is held anew");
  add_cgroups_mode(flags, options.manage_cgroups);
  flags.add_each("--empty-ns", options.empty_namespaces, "network", "namespace whose content is left out");
}

}  // namespace crunc::cli
