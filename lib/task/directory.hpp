// SPDX-License-Identifier: Apache-2.0
// A task's directory.
#pragma once

#include <string>

#include <crunc/error.hpp>
#include <crunc/options.hpp>

namespace crunc::task {

struct Directory {
  std::string path;
  bool is_new = false;  ///< it was made by make_directory(), and goes with what is in it
};

/// The directory of a new task, absolute, mode 0700; a temporary one if none is wanted.
/// @errors already_exists: it has a task; system_error
[[nodiscard]] Result<Directory> make_directory(const Path& wanted);

/// Remove it, if it is empty.
void remove_directory(const std::string& path) noexcept;

}  // namespace crunc::task
