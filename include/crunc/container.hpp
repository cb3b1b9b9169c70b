// SPDX-License-Identifier: Apache-2.0
// What a runtime says of containers and of itself: Container, Status, ProcessTable, Version.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc {

/// The state of a container (runtime-spec runtime.md#state, and `paused`, which runtimes add).
enum class Status : std::uint8_t {
  creating,
  created,
  running,
  paused,
  stopped,
  other  ///< a state that the runtime defines for itself: Container::status_text has its name
};

/// The runtime's word for it: "running".
[[nodiscard]] CRUNC_API const char* to_string(Status status) noexcept;

/// One container, as `state` and `list` describe it.
///
/// Runtimes print different members; what one did not print is empty. Nothing is guessed.
/// @source runtime-spec runtime.md#state; runc 1.1.5, crun 1.8.1, youki 0.7 (recorded in fixtures/recorded)
struct Container {
  std::string id;
  pid_t pid = 0;  ///< of the first process, in the caller's pid namespace; 0 when there is none
  Status status = Status::other;
  std::string status_text;  ///< the status as printed
  std::string bundle;       ///< absolute path
  std::string rootfs;       ///< absolute path; `list` of crun and youki print none
  std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> created;
  std::string owner;        ///< a user name, "#1000" or "1000"; runc's `state` leaves it empty
  std::string oci_version;  ///< crun: always "1.0.0"
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> extra;  ///< members that have no place above, each with its value as JSON text
};

/// Processes of a container as ps(1) lists them.
struct ProcessTable {
  std::vector<std::string> headers{};                 ///< "UID", "PID", ...
  std::vector<std::vector<std::string>> processes{};  ///< each with as many cells as there are headers
};

/// Read a pid file: a number above zero, white space around it allowed.
/// @errors system_error (it cannot be read), malformed_output (it is empty, as crun's is for a moment, or no number)
/// @note   go-runc: a final newline is an error.
[[nodiscard]] CRUNC_API Result<pid_t> read_pid_file(const std::filesystem::path& path);

/// What `--version` prints.
struct Version {
  std::string name;     ///< "runc", "crun", "youki", ...
  std::string version;  ///< "1.1.5+ds1"
  std::string commit;
  std::string spec;                          ///< the version of the OCI runtime-spec that it implements
  std::map<std::string, std::string> extra;  ///< the other `key: value` lines, such as "go", "libseccomp", "rundir"
  std::set<std::string, std::less<>> tags;   ///< crun's "+SYSTEMD +CAP ...", without the plus
};

}  // namespace crunc
