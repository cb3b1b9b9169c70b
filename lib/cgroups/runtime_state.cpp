// SPDX-License-Identifier: Apache-2.0
// Where runc and crun have written down what their containers' cgroups are.

#include <boost/json/monotonic_resource.hpp>

#include "cgroups/held.hpp"
#include "core/text.hpp"
#include "oci/codec.hpp"

namespace crunc::cgroups {
namespace {

namespace json = boost::json;

constexpr size_t longest_state = std::size_t{16} * 1024 * 1024;

Error malformed(const std::string& file, std::string_view what) {
  return Error(Errc::malformed_output, file + ": " + std::string(what));
}

/// runc's member cgroup_paths: directories by hierarchy.
Result<CgroupPaths> paths_of_runc(const json::object& state, const std::string& file) {
  const json::value* const member = state.if_contains("cgroup_paths");
  if (member == nullptr || !member->is_object()) return malformed(file, "no object cgroup_paths");
  CgroupPaths paths;
  for (const auto& [key, value] : member->get_object()) {
    if (!value.is_string()) return malformed(file, "cgroup_paths has what is no string");
    paths.emplace(key, value.get_string());
  }
  return paths;
}

/// crun's member cgroup-path: one path for all hierarchies.
Result<CgroupPaths> paths_of_crun(const json::object& state, const std::string& file, const Mounts& mounts) {
  const json::value* const member = state.if_contains("cgroup-path");
  if (member == nullptr || !member->is_string()) return malformed(file, "no string cgroup-path");
  std::string text(member->get_string());
  if (text.empty()) return Error(Errc::cgroup_not_found, file + " names none");
  if (!text.starts_with('/')) text.insert(0, 1, '/');
  const auto path = CgroupPath::parse(text);
  if (!path) return malformed(file, path.error().reason);
  CgroupPaths paths;
  for (const Mount& mount : mounts.all) {
    const std::string directory = path->is_root() ? mount.root.path() : mount.root.path() + path->str();
    for (const std::string& key : mount.keys()) paths.emplace(key, directory);
  }
  return paths;
}

bool is_missing(std::error_code why) {
  return why == std::errc::no_such_file_or_directory || why == std::errc::not_a_directory;
}

}  // namespace

Result<CgroupPaths> read_cgroup_paths(const Hierarchy& hierarchy, const std::filesystem::path& root,
                                      std::string_view id) {
  if (!is_component(id)) return Error(Errc::invalid_argument, "container id " + core::excerpt(id));
  const std::filesystem::path directory = root / std::string(id);
  std::string file = (directory / "state.json").string();
  auto text = sys::read_file(file.c_str(), longest_state);
  const bool is_runc = text.has_value();
  if (!is_runc && is_missing(text.error())) {
    file = (directory / "status").string();
    text = sys::read_file(file.c_str(), longest_state);
  }
  if (!text) {
    return Error(is_missing(text.error()) ? Errc::container_not_found : Errc::system_error, "read " + file,
                 text.error());
  }
  json::monotonic_resource memory;
  const auto document = oci::parse(*text, Errc::malformed_output, &memory);
  if (!document) return malformed(file, document.error().reason);
  if (!document->is_object()) return malformed(file, "no JSON object");
  const json::object& state = document->get_object();
  return is_runc ? paths_of_runc(state, file) : paths_of_crun(state, file, *hierarchy.mounts());
}

}  // namespace crunc::cgroups
