// SPDX-License-Identifier: Apache-2.0
// StatReader: the same cgroup read again and again, with its files kept open.
#pragma once

#include <cstddef>
#include <memory>

#include <crunc/cgroups/stats.hpp>
#include <crunc/config.hpp>

namespace crunc::cgroups {

/// Reads one cgroup's statistics at the price of a pread(2) for each file.
///
/// It needs a descriptor for each file that the mask wants and that is there: 5 with StatMask::cri, on v1 about 20 with
/// `standard` and 50 with `all` (see descriptors()); RLIMIT_NOFILE is to be set accordingly.
///
/// Directories without an owner are used by open() only. Those with one are kept and used again when a file has
/// vanished (ENODEV) while its cgroup has not, as when a controller was turned off and on: then all files are opened
/// anew, and those that were missing are looked for once more. At no other time is a file opened.
/// @threads distinct objects: safe; shared object: one read() at a time
class CRUNC_API StatReader {
 public:
  /// Open the files.
  /// @errors cgroup_gone, system_error (too_many_files_open, after which none is left open)
  [[nodiscard]] static Result<StatReader> open(const Directories& directories, StatMask mask = StatMask::standard);
  StatReader(StatReader&& other) noexcept;
  StatReader& operator=(StatReader&& other) noexcept;
  StatReader(const StatReader&) = delete;
  StatReader& operator=(const StatReader&) = delete;
  ~StatReader();

  /// Read all of it into `sample`, which loses what it held before but keeps its memory: given the same object each
  /// time, or one for many readers of like cgroups, it is filled without allocating.
  /// @errors as read_stats(); after cgroup_gone there is nothing more to come, also if one of the same name is made
  [[nodiscard]] Result<void> read(Sample& sample);

  /// How many file descriptors it holds.
  [[nodiscard]] std::size_t descriptors() const noexcept;

 private:
  class State;
  explicit StatReader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace crunc::cgroups
