// SPDX-License-Identifier: Apache-2.0
// From clone to exec: start one program with exactly the descriptors, signals and directory that were asked for.
#pragma once

#include <csignal>
#include <cstdint>
#include <span>
#include <system_error>

#include <sys/types.h>

#include "sys/fd.hpp"

namespace crunc::sys {

/// Descriptor `from` of this process becomes `to` in the child.
struct FdMapping {
  int from;
  int to;
};

/// What to start. Everything is borrowed and must live until spawn() has returned.
struct SpawnRequest {
  const char* executable = nullptr;  ///< a path; nothing is looked up
  const char* const* argv = nullptr;
  const char* const* environment = nullptr;
  const char* directory = nullptr;  ///< working directory of the child; null: this process'

  /// Sorted by `to`, at most `most_mappings`, each `to` once. All other descriptors of the child are closed by exec.
  std::span<const FdMapping> fds{};
  /// Sorted: further descriptors that the child keeps under their numbers, where `in_child` sees to them.
  std::span<const int> keep{};
  /// Leave every descriptor that is not close-on-exec to the child as well.
  bool inherit_fds = false;

  bool new_process_group = false;
  /// Signal that the child gets when the thread that called spawn() ends; 0: none. See process::Spawner.
  int parent_death_signal = 0;
  /// Leave ignored signals ignored; else all dispositions are the default.
  bool keep_ignored_signals = false;
  /// The child's signal mask; null: empty.
  const sigset_t* signal_mask = nullptr;

  /// Where the child writes its own pid in decimal, with a 0 behind it: the place of an entry of `environment` that has
  /// to name it. Room for `longest_pid` and the 0; null: nowhere.
  char* own_pid = nullptr;

  /// Called in the child before its descriptors are closed, in the parent's memory: only async-signal-safe calls.
  /// Returns 0 or an errno.
  int (*in_child)(void*) = nullptr;
  void* in_child_argument = nullptr;

  static constexpr std::size_t most_mappings = 1024;
  static constexpr std::size_t longest_pid = 10;
};

/// Which step of starting a program failed.
enum class SpawnStage : std::uint8_t {
  none,
  prepare,
  clone,
  process_group,
  parent_death,
  directory,
  descriptors,
  initializer,
  exec
};

[[nodiscard]] const char* to_string(SpawnStage stage) noexcept;

struct SpawnResult {
  pid_t pid = -1;
  Fd pidfd{};  ///< empty where the kernel has none
  SpawnStage failed_at = SpawnStage::none;
  std::error_code error{};  ///< of the step that failed; there is no child then and no zombie
};

/// Start a program. Returns when it has been executed or has failed to be.
///
/// clone(CLONE_VM | CLONE_VFORK | CLONE_PIDFD): the cost does not grow with this process' memory, a failed exec is
/// known when the call returns, and the pidfd comes from the clone itself, so that no reaper can be faster. The child
/// runs on a stack of its own with all signals blocked; no handler of this process ever runs in it.
///
/// Kernels and filters that lack CLONE_PIDFD (before 5.2), pidfd_open (5.3) or close_range with CLOEXEC (5.11) are
/// served by what there was before, which is slower.
/// @threads safe
[[nodiscard]] SpawnResult spawn(const SpawnRequest& request) noexcept;

}  // namespace crunc::sys
