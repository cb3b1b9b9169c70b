// SPDX-License-Identifier: Apache-2.0
//
// A directory tree that plays cgroup file systems: new directories get the kernel's files, rmdir goes by cgroups and
// processes and not by files, a process that joins leaves where it was, and controllers are handed on. All by replaced
// system calls, in force while it lives; one at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>

#include "sys/calls.hpp"
#include "temp_dir.hpp"

namespace crunc::test {

class FakeCgroups {
 public:
  /// Legacy: `v1`'s directories. Hybrid: these and `unified`. Unified: the tree itself. `v2` are the controllers of v2.
  explicit FakeCgroups(cgroups::Mode mode, const std::string& v2 = "",
                       const std::vector<std::string>& v1 = {"cpu,cpuacct", "cpuset", "freezer", "memory", "systemd"});
  ~FakeCgroups();
  FakeCgroups(const FakeCgroups&) = delete;
  FakeCgroups& operator=(const FakeCgroups&) = delete;

  [[nodiscard]] cgroups::Hierarchy hierarchy() const;
  /// The directory of one hierarchy, and one that is outside of all.
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& relative) const {
    return root_ / relative;
  }
  [[nodiscard]] std::filesystem::path outside() const { return dir_ / "outside"; }

  /// Each write since the last call as "memory/a/cgroup.procs=42".
  [[nodiscard]] std::vector<std::string> take_writes();
  /// Every directory below the hierarchies' roots, sorted, as "memory/a".
  [[nodiscard]] std::vector<std::string> directories() const;
  [[nodiscard]] bool has(const std::filesystem::path& relative) const {
    return std::filesystem::exists(root_ / relative);
  }
  /// Give a cgroup another list of processes.
  void put_processes(const std::filesystem::path& cgroup, std::string_view pids);

  // What may be asked to go wrong: each gets the path in the tree, and gives an errno, or 0 for things as usual.
  std::function<int(const std::string& path, const std::string& value)> on_write{};
  std::function<int(const std::string& path)> on_mkdir{};
  std::function<int(const std::string& path)> on_rmdir{};
  std::function<void(const std::string& path)> before_open{};
  /// What new cgroups get besides: the text of "memory/memory.limit_in_bytes", on v2 alone of "memory.max".
  std::map<std::string, std::string> more_files{};
  int openat2_errno = 0;               ///< what openat2 fails with
  bool writes_are_short = false;       ///< each write takes one byte less
  bool stuck_freezer = false;          ///< FROZEN becomes FREEZING
  std::vector<std::string> signals{};  ///< "42:9", with pidfds that are no pidfds
  std::vector<std::string> owners{};   ///< "unified/a/cgroup.procs=1000"
  int pauses = 0;                      ///< waits for nothing but time, which take none

 private:
  [[nodiscard]] std::string path_of(int fd) const;
  [[nodiscard]] std::string path_of(int dirfd, const char* name) const;
  void populate(const std::filesystem::path& cgroup, bool is_root) const;
  int write_value(const std::string& path, const std::string& value);
  static sys::Calls make_table();
  static void replace_directory_calls(sys::Calls& table);
  static void replace_file_calls(sys::Calls& table);
  static void replace_process_calls(sys::Calls& table);

  TempDir dir_{};
  std::filesystem::path root_{};
  cgroups::Mode mode_;
  std::string v2_controllers_{};
  std::vector<std::string> writes_{};
  sys::Calls table_;
  sys::ReplacedCalls replaced_;
};

}  // namespace crunc::test
