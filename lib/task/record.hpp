// SPDX-License-Identifier: Apache-2.0
// What a task writes down of itself, so that a later process can take it up: `task.json` in its directory.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/task_io.hpp>

namespace crunc::task {

/// With its pid it names a process, whatever becomes of the pid.
struct ProcessName {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;
};

struct ProcessRecord {
  std::string id{};                      ///< empty: the container's first process
  ProcessName process{};                 ///< without a pid: the call that makes it is under way, or was at the end
  TaskIo io{};                           ///< a callback has nothing but its kind, a stream nothing at all
  std::array<std::uint64_t, 3> pipes{};  ///< of stdin, stdout and stderr, by their inodes; 0: none
  std::array<ProcessName, 2> loggers{};  ///< of stdout and stderr
  bool stdin_is_closed = false;
  std::optional<ExitStatus> exit{};  ///< as it was told
};

struct Record {
  std::string id{};
  std::string bundle{};
  bool made_directory = false;                        ///< the directory is the task's own, and goes with it
  std::uint64_t oom_kills = 0;                        ///< how many were told
  std::map<std::string, std::string> cgroup_paths{};  ///< cgroups::CgroupPaths; empty: it has none of its own
  std::vector<ProcessRecord> processes{};
};

/// The bytes of its file, and back.
/// @errors malformed_output
[[nodiscard]] std::string encode(const Record& record);
[[nodiscard]] Result<Record> decode_record(std::string_view bytes);

/// Write it in place of what is there: a reader sees the old one or the new one.
/// @errors system_error
[[nodiscard]] Result<void> save(const Record& record, const std::string& directory);

/// @errors container_not_found: there is none; system_error, malformed_output
[[nodiscard]] Result<Record> load(const std::string& directory);

/// Remove what a save() has left that never came to its end.
void remove_unfinished_record(const std::string& directory) noexcept;

/// Where it is.
[[nodiscard]] std::string record_path(const std::string& directory);
/// Where the runtime writes the pid of a process; an empty id is the first's.
[[nodiscard]] std::string pid_path(const std::string& directory, const std::string& id);

/// Remove that file, and what a runtime that was killed as it wrote it has left.
void remove_pid_file(const std::string& directory, const std::string& id) noexcept;

}  // namespace crunc::task
