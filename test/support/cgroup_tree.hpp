// SPDX-License-Identifier: Apache-2.0
//
// Directories that look like a cgroup, for tests of what reads them: recorded ones, and ones made of text.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include <crunc/cgroups/directories.hpp>
#include <crunc/descriptor.hpp>

#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

namespace crunc::test {

/// A directory by descriptor, as a Cgroup would hold it.
[[nodiscard]] inline std::shared_ptr<const Descriptor> open_directory(const std::filesystem::path& path) {
  auto fd = std::make_shared<const Descriptor>(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!*fd) throw std::filesystem::filesystem_error("open", path, {errno, std::generic_category()});
  return fd;
}

/// One directory of cgroup v2.
[[nodiscard]] inline cgroups::Directories unified_directories(const std::filesystem::path& path) {
  const auto fd = open_directory(path);
  return cgroups::Directories::unified(fd->fd(), fd);
}

/// A directory for each controller below `path`; those that are not there are left out.
[[nodiscard]] inline cgroups::Directories v1_directories(const std::filesystem::path& path) {
  auto owner = std::make_shared<std::vector<std::shared_ptr<const Descriptor>>>();
  cgroups::Directories directories(owner);
  cgroups::ControllerSet::all().for_each([&](cgroups::Controller controller) {
    const auto place = path / cgroups::to_string(controller, false);
    if (!std::filesystem::is_directory(place)) return;
    owner->push_back(open_directory(place));
    directories.set(controller, {owner->back()->fd(), false});
  });
  return directories;
}

/// A tree to be filled by a test.
class CgroupTree {
 public:
  /// `text` into the file `name`, which may be below a controller's directory.
  CgroupTree& put(const std::filesystem::path& name, std::string_view text) {
    std::filesystem::create_directories((dir_ / name).parent_path());
    write_text(dir_ / name, text);
    return *this;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  [[nodiscard]] cgroups::Directories unified() const { return unified_directories(path()); }
  [[nodiscard]] cgroups::Directories v1() const { return v1_directories(path()); }

 private:
  TempDir dir_{};
};

}  // namespace crunc::test
