// SPDX-License-Identifier: Apache-2.0
// The table of quirks. Each row was read in the runtime's own source or seen in its output.

#include "runtime/quirks.hpp"

#include <array>

#include "core/text.hpp"

namespace crunc::runtime {
namespace {

struct Number {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend constexpr auto operator<=>(const Number&, const Number&) = default;
};

constexpr Number ever{};

/// A runtime that lacks a feature in versions from `since` up to, but not with, `until` (`ever`: to this day).
struct Lack {
  std::string_view runtime;
  Feature feature;
  Number since;
  Number until;
  std::string_view words;
  std::string_view unless_tag{};  ///< builds with this tag in `--version` have it
};

constexpr std::string_view no_events =
    "events and stats (crunc::Task samples a container's cgroup itself, whatever its runtime)";
constexpr std::string_view not_in_crun = "lazy pages, page server, --status-fd, --empty-ns, --auto-dedup, --no-pivot";

constexpr std::array lacks{
    Lack{"runc", Feature::pidfd_socket, ever, {1, 2}, "--pidfd-socket (runc 1.2)"},
    Lack{"crun", Feature::pidfd_socket, ever, ever, "--pidfd-socket"},
    Lack{"youki", Feature::pidfd_socket, ever, ever, "--pidfd-socket"},
    // The others connect by way of a shorter path.
    Lack{"runc", Feature::long_socket_path, ever, ever, "sockets whose path is longer than 107 bytes"},
    Lack{"youki", Feature::rootless_flag, ever, ever, "--rootless"},
    // runc 1.2 warns of it and looks in PATH; 1.4 refuses it.
    Lack{"runc", Feature::criu_flag, {1, 2}, ever, "--criu (runc before 1.2)"},
    Lack{"crun", Feature::criu_flag, ever, ever, "--criu"},
    Lack{"youki", Feature::criu_flag, ever, ever, "--criu"},
    Lack{"crun", Feature::additional_gids, ever, ever, "--additional-gids"},
    Lack{"crun", Feature::ignore_paused, ever, ever, "--ignore-paused"},
    Lack{"crun", Feature::ps_arguments, ever, ever, "arguments for ps"},
    Lack{"crun", Feature::events, ever, ever, no_events},
    // youki prints one bare object of its own making, over many lines.
    Lack{"youki", Feature::events, ever, ever, no_events},
    Lack{"runc", Feature::features, ever, {1, 1}, "features (runc 1.1)"},
    Lack{"crun", Feature::features, ever, {1, 8, 6}, "features (crun 1.8.6)"},
    Lack{"runc", Feature::update_burst_idle, ever, {1, 2}, "--cpu-burst and --cpu-idle (runc 1.2)"},
    Lack{"crun", Feature::update_burst_idle, ever, ever, "--cpu-burst and --cpu-idle (give resources)"},
    Lack{"crun", Feature::update_rdt, ever, ever, "--l3-cache-schema and --mem-bw-schema"},
    Lack{"crun", Feature::checkpoint, ever, ever, "checkpoint (built without CRIU)", "CRIU"},
    Lack{"crun", Feature::restore, ever, ever, "restore (built without CRIU)", "CRIU"},
    // youki 0.7 spells it `checkpointt`, and cannot restore.
    Lack{"youki", Feature::checkpoint, ever, ever, "checkpoint"},
    Lack{"youki", Feature::restore, ever, ever, "restore"},
    Lack{"crun", Feature::criu_beyond_crun, ever, ever, not_in_crun},
    Lack{"runc", Feature::criu_skip_remap, ever, {1, 3}, "--tcp-skip-in-flight and --link-remap (runc 1.3)"},
    Lack{"crun", Feature::criu_skip_remap, ever, ever, "--tcp-skip-in-flight and --link-remap"},
    Lack{"runc", Feature::criu_ignore_cgroups, ever, {1, 2}, "--manage-cgroups-mode ignore (runc 1.2)"},
    Lack{"crun", Feature::restore_no_subreaper, ever, ever, "--no-subreaper of restore"},
};

struct Home {
  std::string_view runtime;
  std::string_view root;             ///< of the superuser
  std::string_view below_user_root;  ///< below $XDG_RUNTIME_DIR
};

constexpr std::array homes{
    Home{"runc", "/run/runc", "runc"},
    Home{"crun", "/run/crun", "crun"},
    Home{"youki", "/run/youki", "youki"},
};

/// "1.2.0" of "1.2.0-rc.1+ds1"; what cannot be read counts as 0.
Number leading_numbers(std::string_view version) {
  const auto take = [&version]() -> int {
    const std::string_view digits = version.substr(0, version.find_first_not_of("0123456789"));
    version.remove_prefix(digits.size());
    if (version.starts_with('.')) version.remove_prefix(1);
    return core::parse_number<int>(digits).value_or(0);
  };
  Number number;
  number.major = take();
  number.minor = take();
  number.patch = take();
  return number;
}

}  // namespace

std::vector<Missing> missing_features(const Version& runtime, Features needed) {
  const Number version = leading_numbers(runtime.version);
  std::vector<Missing> missing;
  for (const Lack& lack : lacks) {
    if (lack.runtime != runtime.name || !needed.has(lack.feature)) continue;
    if (!lack.unless_tag.empty() && runtime.tags.contains(lack.unless_tag)) continue;
    const bool is_lacking = version >= lack.since && (lack.until == ever || version < lack.until);
    if (is_lacking) missing.push_back({lack.feature, lack.words});
  }
  return missing;
}

bool keeps_state_directories(const Version& runtime) {
  for (const Home& home : homes) {
    if (home.runtime == runtime.name) return true;
  }
  return false;
}

std::vector<std::string> state_directories(std::string_view root, std::string_view id,
                                           std::string_view user_runtime_dir) {
  const auto below = [id](std::string_view directory) { return std::string(directory).append("/").append(id); };
  if (!root.empty()) return {below(root)};
  std::vector<std::string> result;
  for (const Home& home : homes) {
    result.push_back(below(home.root));
    if (!user_runtime_dir.empty()) {
      result.push_back(below(std::string(user_runtime_dir).append("/").append(home.below_user_root)));
    }
  }
  return result;
}

}  // namespace crunc::runtime
