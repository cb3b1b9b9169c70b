// SPDX-License-Identifier: Apache-2.0
// Paths of cgroups, checked component by component.

#include <crunc/cgroups/path.hpp>

#include <climits>

#include "cgroups/directory.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr size_t longest_path = PATH_MAX - 1;
constexpr std::string_view mount_point = "/sys/fs/cgroup";

Error invalid(std::string_view path, std::string_view why) {
  return Error(Errc::invalid_argument, "cgroup path " + core::excerpt(path) + " " + std::string(why));
}

/// What is wrong with one component; empty when nothing is.
std::string_view fault_of(std::string_view component) {
  if (component.empty()) return "has an empty component";
  if (component == "." || component == "..") return "has a component \".\" or \"..\"";
  if (component.find('\0') != std::string_view::npos) return "has a NUL";
  if (component.find('\n') != std::string_view::npos) return "has a newline";
  return is_component(component) ? "" : "has a component of more than 255 bytes";
}

/// What is wrong with components that are joined by '/'.
std::string_view fault_of_relative(std::string_view relative) {
  for (;;) {
    const size_t end = relative.find('/');
    const std::string_view fault = fault_of(relative.substr(0, end));
    if (!fault.empty() || end == std::string_view::npos) return fault;
    relative.remove_prefix(end + 1);
  }
}

}  // namespace

Result<CgroupPath> CgroupPath::parse(std::string_view text) {
  if (!text.starts_with('/')) return invalid(text, "is not absolute");
  if (text == "/") return CgroupPath();
  if (text.size() > longest_path) return invalid(text.substr(0, 64), "... is longer than 4095 bytes");
  const std::string_view fault = fault_of_relative(text.substr(1));
  if (!fault.empty()) return invalid(text, fault);
  CgroupPath path{std::string(text)};
  if (CgroupPath(std::string(mount_point)).contains(path)) {
    return invalid(text, "is a path of the host; a cgroup's path begins at its hierarchy's root");
  }
  return path;
}

Result<CgroupPath> CgroupPath::child(std::string_view name) const {
  if (name.find('/') != std::string_view::npos) return invalid(name, "has a '/' where one component is asked for");
  return below(name);
}

Result<CgroupPath> CgroupPath::below(std::string_view relative) const {
  const std::string_view fault = fault_of_relative(relative);
  if (!fault.empty()) return invalid(relative, fault);
  return parse((is_root() ? "" : text_) + "/" + std::string(relative));
}

Result<CgroupPath> CgroupPath::below(const CgroupPath& path) const {
  return path.is_root() ? Result<CgroupPath>(*this) : below(std::string_view(path.text_).substr(1));
}

CgroupPath CgroupPath::parent() const {
  const size_t slash = text_.rfind('/');
  return slash == 0 ? CgroupPath() : CgroupPath(text_.substr(0, slash));
}

std::string_view CgroupPath::name() const noexcept { return std::string_view(text_).substr(text_.rfind('/') + 1); }

bool CgroupPath::contains(const CgroupPath& other) const noexcept {
  if (is_root() || other.text_ == text_) return true;
  return other.text_.size() > text_.size() && other.text_.starts_with(text_) && other.text_[text_.size()] == '/';
}

}  // namespace crunc::cgroups
