// SPDX-License-Identifier: Apache-2.0
//
// For tests of Manager on trees that play cgroup file systems.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include <crunc/cgroups/manager.hpp>

#include "fake_cgroups.hpp"
#include "sys/calls.hpp"
#include "text_file.hpp"

namespace crunc::test {

/// Every hierarchy that the cases look at.
inline const std::vector<std::string> v1_hierarchies{"cpu,cpuacct", "cpuset", "devices",
                                                     "freezer",     "memory", "systemd"};

/// A tree whose cgroups have files of limits.
class ManagerTree : public FakeCgroups {
 public:
  explicit ManagerTree(cgroups::Mode mode, const std::string& v2 = "cpu memory pids\n",
                       const std::vector<std::string>& v1 = v1_hierarchies)
      : FakeCgroups(mode, mode == cgroups::Mode::hybrid ? "" : v2, v1) {
    for (const char* file :
         {"memory.max", "pids.max", "cpu.weight", "memory/memory.limit_in_bytes", "cpu,cpuacct/cpu.shares",
          "cpu,cpuacct/cpu.rt_runtime_us", "devices/devices.allow", "devices/devices.deny"}) {
      more_files[file] = std::string_view(file).ends_with("max") ? "max\n" : "";
    }
    more_files["devices/devices.list"] = "a *:* rwm\n";
  }

  [[nodiscard]] cgroups::Manager manager(cgroups::ManagerConfig config) const {
    return cgroups::Manager::make(hierarchy(), std::move(config)).value();
  }
};

/// Lets a process, ours or another, be in cgroups of a test's choice.
class OwnCgroups {
 public:
  /// `text` is what /proc/self/cgroup says, or /proc/PID/cgroup.
  explicit OwnCgroups(const FakeCgroups& tree, std::string_view text, pid_t pid = 0)
      : table_(sys::calls()), replaced_(table_) {
    asked() = "/proc/" + (pid == 0 ? "self" : std::to_string(pid)) + "/cgroup";
    file() = (tree.outside() / "self").string();
    write_text(file(), text);
    table_.open = [](const char* path, int flags, mode_t mode) {
      return sys::kernel_calls().open(asked() == path ? file().c_str() : path, flags, mode);
    };
  }

 private:
  static std::string& asked() {
    static std::string path;
    return path;
  }
  static std::string& file() {
    static std::string path;
    return path;
  }
  sys::Calls table_;
  sys::ReplacedCalls replaced_;
};

}  // namespace crunc::test
