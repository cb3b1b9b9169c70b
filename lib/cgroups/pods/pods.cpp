// SPDX-License-Identifier: Apache-2.0
// PodCgroups: the choice of a driver, and where it has the cgroups of pods and containers.

#include <crunc/cgroups/pods.hpp>

#include "cgroups/pods/names.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::string_view systemd_name = "systemd";
constexpr std::string_view cgroupfs_name = "cgroupfs";

}  // namespace

PodCgroups::PodCgroups(CgroupDriver driver, Hierarchy hierarchy, PodOptions options, CgroupPath root) noexcept
    : driver_(driver), hierarchy_(std::move(hierarchy)), options_(std::move(options)), root_(std::move(root)) {}

Result<PodCgroups> PodCgroups::make(std::string_view name, const Hierarchy& hierarchy, PodOptions options) {
  if (name != systemd_name && name != cgroupfs_name) {
    return Error(Errc::invalid_argument,
                 "cgroup manager " + core::excerpt(name) + " is none: choose \"systemd\" or \"cgroupfs\"");
  }
  if (const auto checked = pods::check_part("prefix", options.prefix); !checked) return checked.error();
  if (name == cgroupfs_name) return PodCgroups(CgroupDriver::cgroupfs, hierarchy, std::move(options), {});
  if (!options.units) {
    return Error(Errc::invalid_argument, "cgroup manager \"systemd\" needs PodOptions::units, who makes the units");
  }
  const auto root = options.units->root();
  if (!root) return root.error();
  const auto path = root->empty() ? CgroupPath() : CgroupPath::parse(*root);
  if (!path) return path.error();
  return PodCgroups(CgroupDriver::systemd, hierarchy, std::move(options), *path);
}

std::string_view PodCgroups::name() const noexcept { return is_systemd() ? systemd_name : cgroupfs_name; }

std::string PodCgroups::default_parent() const { return is_systemd() ? "system.slice" : "/" + options_.prefix; }

Result<std::string> PodCgroups::slice_of(std::string_view parent) const {
  return parent.empty() ? default_parent() : pods::parse_slice(parent, root_);
}

Result<CgroupPath> PodCgroups::pod_path(std::string_view parent) const {
  if (!is_systemd()) return pods::parse_parent(parent.empty() ? default_parent() : parent);
  const auto slice = slice_of(parent);
  if (!slice) return slice.error();
  const auto path = expand_slice(*slice);
  return path ? root_.below(*path) : path;
}

Result<CgroupPath> PodCgroups::own_pod_path(std::string_view parent) const {
  if (!parent.empty()) return pod_path(parent);
  return Error(Errc::invalid_argument,
               "a pod without a parent has no cgroup of its own, but " + default_parent() + " together with others");
}

Result<CgroupPath> PodCgroups::sandbox_directory(std::string_view parent, std::string_view id) const {
  if (const auto checked = pods::check_part("id", id); !checked) return checked.error();
  const auto pod = pod_path(parent);
  return pod ? pod->child(options_.prefix + "-" + std::string(id)) : pod;
}

Result<std::string> PodCgroups::container_path(std::string_view parent, std::string_view id) const {
  if (!is_systemd()) {
    const auto path = sandbox_directory(parent, id);
    return path ? Result<std::string>(path->str()) : path.error();
  }
  if (const auto checked = pods::check_part("id", id); !checked) return checked.error();
  const auto slice = slice_of(parent);
  if (!slice) return slice;
  return *slice + ":" + options_.prefix + ":" + std::string(id);
}

Result<CgroupPath> PodCgroups::container_absolute_path(std::string_view parent, std::string_view id) const {
  const auto text = container_path(parent, id);
  if (!text) return text.error();
  const auto parts = OciCgroupsPath::parse(*text, driver_);
  if (!parts) return parts.error();
  const auto path = parts->resolve();
  return path ? root_.below(*path) : path;
}

Result<SandboxPath> PodCgroups::sandbox_path(std::string_view parent, std::string_view id,
                                             std::optional<std::int64_t> min_memory_bytes) const {
  if (is_systemd() && parent.empty()) return SandboxPath{};
  const auto path = container_path(parent, id);
  if (!path) return path.error();
  const auto pod = pod_path(parent);
  if (!pod) return pod.error();
  const auto verified = verify_memory(*pod, min_memory_bytes.value_or(options_.min_memory_bytes));
  if (!verified) return verified.error();
  if (!is_systemd()) return SandboxPath{pod->str(), *path};
  return SandboxPath{path->substr(0, path->find(':')), *path};
}

}  // namespace crunc::cgroups
