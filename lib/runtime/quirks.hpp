// SPDX-License-Identifier: Apache-2.0
// In what the runtimes differ, as one table: which of them lack a feature, and where they keep their state.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/container.hpp>

namespace crunc::runtime {

/// What an option needs of the runtime, where not every runtime has it.
enum class Feature : std::uint8_t {
  pidfd_socket,
  long_socket_path,  ///< connects to sockets whose path is longer than an address
  rootless_flag,
  criu_flag,
  additional_gids,
  ignore_paused,
  ps_arguments,  ///< a table of ps(1), with arguments for it
  events,        ///< `events` as lines of JSON with type, id and data
  features,
  update_burst_idle,
  update_rdt,
  checkpoint,
  restore,
  criu_beyond_crun,  ///< what crun has not of runc's flags: lazy pages, page server, empty namespaces, ...
  criu_skip_remap,
  criu_ignore_cgroups,
  restore_no_subreaper
};

class Features {
 public:
  constexpr Features() = default;
  constexpr Features(std::initializer_list<Feature> features) {
    for (const Feature feature : features) add(feature);
  }
  constexpr void add(Feature feature) noexcept { bits_ |= bit(feature); }
  constexpr void add(Features others) noexcept { bits_ |= others.bits_; }
  [[nodiscard]] constexpr bool has(Feature feature) const noexcept { return (bits_ & bit(feature)) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(Feature feature) noexcept { return 1U << static_cast<unsigned>(feature); }
  std::uint32_t bits_ = 0;
};

/// A feature that a runtime lacks, in words for people: "--pidfd-socket".
struct Missing {
  Feature feature;
  std::string_view words;
};

/// All of `needed` that this runtime lacks. A runtime that the table does not name lacks nothing.
[[nodiscard]] std::vector<Missing> missing_features(const Version& runtime, Features needed);

/// Whether a container's state is a directory of its id's name below the runtime's root, so that its absence proves
/// that the id is free.
[[nodiscard]] bool keeps_state_directories(const Version& runtime);

/// Where any of the known runtimes would keep this container, `root` being the caller's and empty for the default.
/// @param user_runtime_dir  $XDG_RUNTIME_DIR, or empty
[[nodiscard]] std::vector<std::string> state_directories(std::string_view root, std::string_view id,
                                                         std::string_view user_runtime_dir);

}  // namespace crunc::runtime
