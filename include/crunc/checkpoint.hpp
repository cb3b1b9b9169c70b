// SPDX-License-Identifier: Apache-2.0
// Checkpoint and restore: their options, and what CRIU says of its work.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/io.hpp>
#include <crunc/options.hpp>

namespace crunc {

/// What CRIU does with the cgroups of what it dumps or restores (`--manage-cgroups-mode`).
enum class CgroupsMode : std::uint8_t {
  automatic,  ///< the runtime's choice
  soft,       ///< restore properties of those that CRIU itself made
  full,       ///< restore all
  strict,     ///< restore all, into cgroups that must not exist yet
  ignore      ///< leave them alone; runc >= 1.2
};

/// `checkpoint`. Unless `leave_running` or `pre_dump` the container is gone afterwards.
///
/// Iterative migration is a chain: `pre_dump` into "1", then `pre_dump` with `parent_path` "../1" into "2", and so on,
/// and at last a checkpoint with the last one as parent.
/// @note go-runc: its RestoreOpts hold these too, and `restore` fails on the flags that it lacks.
struct CheckpointOptions {
  Path image_path{};  ///< directory of the images, made by the runtime; empty: "checkpoint" in its working directory
  /// Directory of CRIU's log and figures, made by the runtime. Without it there are no CriuDump figures.
  Path work_path{};
  /// The images of the pre-dump before this one, relative to `image_path` (CRIU's --prev-images-dir); must exist.
  Path parent_path{};
  bool tcp_established = false;        ///< dump open TCP connections
  bool tcp_skip_in_flight = false;     ///< leave out those that are being made; runc >= 1.3
  bool link_remap = false;             ///< dump files that are open and unlinked; runc >= 1.3
  bool external_unix_sockets = false;  ///< `--ext-unix-sk`: whose other end is outside the container
  bool shell_job = false;              ///< a terminal that comes from outside
  bool file_locks = false;
  bool auto_dedup = false;     ///< punch out of the parent images what this one has anew
  bool leave_running = false;  ///< the container runs on
  bool pre_dump = false;       ///< memory alone, and the container runs on
  bool lazy_pages = false;     ///< serve memory when it is asked for: the call lasts until all is served
  Text page_server{};          ///< "ADDRESS:PORT" of a `criu page-server` that gets the memory
  CgroupsMode manage_cgroups = CgroupsMode::automatic;
  std::vector<std::string> empty_namespaces{};  ///< `--empty-ns`: "network"
  /// Called once, on the thread that drives the call, when CRIU is ready to serve lazy pages (`--status-fd`).
  std::function<void()> on_ready{};
  Timeout timeout{};  ///< default none. A container that is killed in the middle of a dump may stay frozen
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// `restore`: a container as it was, from images.
struct RestoreOptions {
  Path image_path{};
  Path work_path{};  ///< without it there are no CriuRestore figures
  Path pid_file{};
  Path console_socket{};
  bool detach = false;  ///< return when it runs; the status is then the runtime's own, exited(0)
  bool no_subreaper = false;
  bool no_pivot = false;
  bool tcp_established = false;
  bool external_unix_sockets = false;
  bool shell_job = false;
  bool file_locks = false;
  bool auto_dedup = false;
  bool lazy_pages = false;  ///< memory from a `criu lazy-pages` that is listening in `work_path`
  CgroupsMode manage_cgroups = CgroupsMode::automatic;
  std::vector<std::string> empty_namespaces{};
  Text lsm_profile{};        ///< "apparmor:NAME" or "selinux:LABEL"
  Text lsm_mount_context{};  ///< SELinux context of mounts
  /// As in RunOptions. What is dumped keeps the streams that it had: they must be the same kind of thing again.
  Io io{};
  Timeout timeout{};  ///< default none
  std::stop_token stop{};
  OnSpawned on_spawned{};
  std::vector<std::string> extra_args{};
  std::vector<std::string> tail_args{};
};

/// CRIU's figures of a dump (its stats-dump), as far as it wrote them.
/// @source criu/images/stats.proto
struct CriuDump {
  std::chrono::microseconds freezing_time{};  ///< until every process stood still
  std::chrono::microseconds frozen_time{};    ///< how long they did
  std::chrono::microseconds memory_dump_time{};
  std::chrono::microseconds memory_write_time{};
  std::chrono::microseconds irmap_resolve_time{};  ///< finding the files that inotify watches
  std::uint64_t pages_scanned = 0;
  std::uint64_t pages_skipped_parent = 0;  ///< as the parent images have them
  std::uint64_t pages_written = 0;
  std::uint64_t pages_lazy = 0;  ///< left to be asked for
  std::uint64_t shared_pages_scanned = 0;
  std::uint64_t shared_pages_skipped_parent = 0;
  std::uint64_t shared_pages_written = 0;
};

/// CRIU's figures of a restore (its stats-restore), as far as it wrote them.
struct CriuRestore {
  std::chrono::microseconds forking_time{};
  std::chrono::microseconds restore_time{};
  std::uint64_t pages_compared = 0;
  std::uint64_t pages_skipped_copy_on_write = 0;
  std::uint64_t pages_restored = 0;
};

/// Read `directory`/stats-dump.
/// @errors system_error (there is none), malformed_output
[[nodiscard]] CRUNC_API Result<CriuDump> read_criu_dump(const std::filesystem::path& directory);
/// Read `directory`/stats-restore.
/// @errors as read_criu_dump()
[[nodiscard]] CRUNC_API Result<CriuRestore> read_criu_restore(const std::filesystem::path& directory);

/// A checkpoint that was made.
struct Checkpointed {
  std::optional<CriuDump> criu{};  ///< where `work_path` was given and CRIU wrote them
};

/// A restored container.
struct Restored {
  ExitStatus status;  ///< as Finished
  Output output{};
  std::optional<CriuRestore> criu{};  ///< where `work_path` was given and CRIU wrote them
};

}  // namespace crunc
