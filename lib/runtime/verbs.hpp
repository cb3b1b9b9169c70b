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
  bool makes_container = false;    ///< killed half-way, it leaves an id that has to be healed
  const char* criu_log = nullptr;  ///< what CRIU calls its log of this verb
};

namespace verbs {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline constexpr Verb create{
    .name = "create", .streams = Streams::container, .default_timeout = 2min, .makes_container = true};
inline constexpr Verb run{
    .name = "run", .streams = Streams::container, .default_timeout = milliseconds::max(), .makes_container = true};
inline constexpr Verb start{.name = "start", .streams = Streams::silent, .default_timeout = 2min};
inline constexpr Verb exec{.name = "exec", .streams = Streams::container, .default_timeout = milliseconds::max()};
inline constexpr Verb state{.name = "state", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb list{.name = "list", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb kill{.name = "kill", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb ps{.name = "ps", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb pause{.name = "pause", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb resume{.name = "resume", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb update{.name = "update", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb checkpoint{
    .name = "checkpoint", .streams = Streams::silent, .default_timeout = milliseconds::max(), .criu_log = "dump.log"};
inline constexpr Verb restore{.name = "restore",
                              .streams = Streams::container,
                              .default_timeout = milliseconds::max(),
                              .makes_container = true,
                              .criu_log = "restore.log"};
inline constexpr Verb stats{.name = "events", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb events{.name = "events", .streams = Streams::document, .default_timeout = milliseconds::max()};
inline constexpr Verb features{.name = "features", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb spec{.name = "spec", .streams = Streams::silent, .default_timeout = 30s};
inline constexpr Verb remove{.name = "delete", .streams = Streams::silent, .default_timeout = 1min};
inline constexpr Verb version{.name = "--version", .streams = Streams::document, .default_timeout = 30s};
inline constexpr Verb raw{.name = "", .streams = Streams::container, .default_timeout = milliseconds::max()};

}  // namespace verbs
}  // namespace crunc::runtime
