// SPDX-License-Identifier: Apache-2.0
// Where a cgroup is: its path within a hierarchy, systemd's names for such paths, and the cgroupsPath of a bundle.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <crunc/cgroups/controller.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups {

class Hierarchy;

/// The path of a cgroup within its hierarchy: "/" or "/a/b". It holds nothing that could lead out of the hierarchy or
/// into another file: no "." or "..", no empty component, no NUL, no newline; components have at most 255 bytes, the
/// whole at most 4095.
class CRUNC_API CgroupPath {
 public:
  /// The root of a hierarchy, "/".
  CgroupPath() = default;

  /// An absolute path. invalid_argument says which rule it breaks, and also of a path on the host (/sys/fs/cgroup/...).
  [[nodiscard]] static Result<CgroupPath> parse(std::string_view text);

  /// Where a process is in the hierarchy of a controller, from /proc/PID/cgroup, seen from the hierarchy's mount. `pid`
  /// 0 is the calling process. cgroup_not_found: the process is outside of what is mounted here (a cgroup namespace, a
  /// bind mount); controller_unavailable: there is no such hierarchy; system_error with ESRCH: there is no such
  /// process.
  [[nodiscard]] static Result<CgroupPath> of_pid(const Hierarchy& hierarchy, pid_t pid, Controller controller);
  /// Where a process is on cgroup v2.
  [[nodiscard]] static Result<CgroupPath> of_pid(const Hierarchy& hierarchy, pid_t pid);

  /// The cgroup `name` in this one; `name` is one component.
  [[nodiscard]] Result<CgroupPath> child(std::string_view name) const;
  /// The cgroup of a path relative to this one, such as "a/b".
  [[nodiscard]] Result<CgroupPath> below(std::string_view relative) const;
  /// The cgroup that `path` is when this one is taken for the root.
  [[nodiscard]] Result<CgroupPath> below(const CgroupPath& path) const;
  /// The cgroup around this one; the root for the root.
  [[nodiscard]] CgroupPath parent() const;
  /// The last component; empty for the root.
  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] bool is_root() const noexcept { return text_.size() == 1; }
  /// Whether `other` is this cgroup or below it, by whole components.
  [[nodiscard]] bool contains(const CgroupPath& other) const noexcept;
  [[nodiscard]] const std::string& str() const noexcept { return text_; }

  auto operator<=>(const CgroupPath&) const = default;
  bool operator==(const CgroupPath&) const = default;

 private:
  explicit CgroupPath(std::string text) noexcept : text_(std::move(text)) {}
  std::string text_ = "/";
};

/// Whether a unit of systemd is a slice, by its name.
[[nodiscard]] CRUNC_API bool is_slice(std::string_view unit) noexcept;

/// Where systemd puts a slice: "a-b.slice" is "/a.slice/a-b.slice", "-.slice" is "/". invalid_argument for what is no
/// slice's name.
/// @source systemd.slice(5)
[[nodiscard]] CRUNC_API Result<CgroupPath> expand_slice(std::string_view slice);

/// The directory that systemd gives a unit: its name, with '_' before one that could be taken for a file of the kernel
/// ("cpu.scope" is "_cpu.scope").
/// @source cg_escape() of systemd
[[nodiscard]] CRUNC_API std::string escape_unit(std::string_view unit);

enum class CgroupDriver : std::uint8_t {
  cgroupfs,  ///< directories made by whoever wants them
  systemd    ///< units of systemd
};

/// `linux.cgroupsPath` of a bundle, taken apart. What is empty is for the caller to fill in.
struct CRUNC_API OciCgroupsPath {
  std::string slice{};   ///< systemd: "machine.slice"
  std::string prefix{};  ///< systemd: before the '-' in the scope's name
  std::string name{};    ///< systemd: the scope's name, or that of a slice of its own
  std::string path{};    ///< cgroupfs: without a final '/', valid as CgroupPath if absolute, else as what goes below()
  bool is_absolute = false;  ///< cgroupfs; a relative one is meant from the runtime's own cgroup (runc)

  /// Take `text` apart: for systemd it is "slice:prefix:name", for cgroupfs a path; empty is all empty for either.
  /// invalid_argument tells what a cgroupsPath of the driver looks like, since the two are mixed up so often.
  [[nodiscard]] static Result<OciCgroupsPath> parse(std::string_view text, CgroupDriver driver);

  /// systemd: the unit, "prefix-name.scope", "name.scope" without a prefix, or a name that ends in ".slice" itself.
  [[nodiscard]] std::string unit() const;
  /// The cgroup: the unit's in its slice (systemd; no slice is system.slice), or the path, a relative one from `own`.
  [[nodiscard]] Result<CgroupPath> resolve(const CgroupPath& own = {}) const;
};

}  // namespace crunc::cgroups
