// SPDX-License-Identifier: Apache-2.0
// A plan's files in directories that are held.

#include "cgroups/plan_apply.hpp"
#include "core/text.hpp"
#include "sys/fd.hpp"

#include <fcntl.h>

namespace crunc::cgroups {
namespace {

Error no_directory(ControllerFiles::Place place, std::string_view file) {
  Error error(Errc::controller_unavailable, std::string(file) + ": the cgroup has no controller " +
                                                std::string(place ? to_string(*place) : "on cgroup v2"));
  error.system = std::make_error_code(std::errc::no_such_file_or_directory);
  return error;
}

}  // namespace

bool DirectoryFiles::has(Place place, std::string_view file) const {
  const Directory* const directory = lookup_(place);
  return directory != nullptr && directory->has(file);
}

Result<std::string> DirectoryFiles::read(Place place, std::string_view file) const {
  const Directory* const directory = lookup_(place);
  if (directory == nullptr) return no_directory(place, file);
  return directory->read(file);
}

Result<void> DirectoryFiles::write(Place place, std::string_view file, std::string_view value) {
  const Directory* const directory = lookup_(place);
  if (directory == nullptr) return no_directory(place, file);
  Result<void> done = directory->write(file, value);
  if (done || done.error().code != Errc::cgroup_gone || directory->is_gone()) return done;
  // ENODEV of a cgroup that is there: the value names a block device that is not.
  Error error = done.error();
  error.code = Errc::system_error;
  return error;
}

Result<void> DirectoryFiles::attach(const DeviceProgram& program) {
  const Directory* const directory = lookup_(std::nullopt);
  if (directory == nullptr) return no_directory(std::nullopt, "devices");
  Result<void> done = cgroups::attach(program, directory->fd());
  if (done) return done;
  Error error = done.error();
  error.reason += " " + core::quote(directory->path());
  return error;
}

std::optional<std::vector<std::string>> DirectoryFiles::hugepage_sizes() const {
  const Result<Directory> directory = Directory::at("/sys/kernel/mm/hugepages");
  if (!directory) return std::nullopt;
  const Result<std::vector<std::string>> names = directory->children();
  if (!names) return std::nullopt;
  std::vector<std::string> sizes;
  for (const std::string& name : *names) {
    if (auto size = hugepage_size(name)) sizes.push_back(std::move(*size));
  }
  return sizes;
}

bool DirectoryFiles::in_user_namespace() const {
  // @source runc's userns.RunningInUserNS: outside of any all ids are mapped to themselves
  const auto map = sys::read_file("/proc/self/uid_map", 4096);
  if (!map) return false;
  std::string words;
  for (const char c : core::trim(*map)) {
    if (c != ' ' || !words.ends_with(' ')) words += c;
  }
  return words != "0 0 4294967295";
}

}  // namespace crunc::cgroups
