// SPDX-License-Identifier: Apache-2.0
// What the library has to know of each verb beyond its arguments.
#pragma once

#include <chrono>

namespace crunc::runtime {

/// What the runtime's standard streams are during a verb.
enum class Streams {
  document,   ///< stdout is what the call decodes
  container,  ///< the container's: as the caller's Io says
  silent      ///< nothing is expected on stdout; stderr is kept, though hooks may inherit it
};

struct Verb {
  const char* name;
  Streams streams;
  std::chrono::milliseconds default_timeout;
  bool makes_container = false;  ///< killed half-way, it leaves an id that has to be healed
  bool runs_process = false;     ///< in the foreground its exit status may be a process' own
};

namespace verbs {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline constexpr Verb create{
    .name = "create", .streams = Streams::container, .default_timeout = 2min, .makes_container = true};
inline constexpr Verb run{.name = "run",
                          .streams = Streams::container,
                          .default_timeout = milliseconds::max(),
                          .makes_container = true,
                          .runs_process = true};
inline constexpr Verb start{.name = "start", .streams = Streams::silent, .default_timeout = 2min};
inline constexpr Verb exec{
    .name = "exec", .streams = Streams::container, .default_timeout = milliseconds::max(), .runs_process = true};
inline constexpr Verb state{.name = "state", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb list{.name = "list", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb kill{.name = "kill", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb remove{.name = "delete", .streams = Streams::silent, .default_timeout = 1min};
inline constexpr Verb version{.name = "--version", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb raw{.name = "", .streams = Streams::container, .default_timeout = milliseconds::max()};

}  // namespace verbs
}  // namespace crunc::runtime
