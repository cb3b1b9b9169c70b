// SPDX-License-Identifier: Apache-2.0
// A task's directory, made and removed.

#include "task/directory.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>

#include "sys/calls.hpp"
#include "sys/private_directory.hpp"
#include "task/record.hpp"

namespace crunc::task {
namespace {

Result<Directory> make_temporary() {
  sys::SysResult<std::string> made = sys::make_private_directory("crunc-task");
  if (made) return Directory{.path = std::move(*made), .is_new = true};
  return Error(Errc::system_error, std::string("make a directory for the task in ") + sys::private_places,
               made.error());
}

}  // namespace

Result<Directory> make_directory(const Path& wanted) {
  if (wanted.empty()) return make_temporary();
  std::error_code error;
  const std::string path = std::filesystem::absolute(wanted, error).lexically_normal().string();
  if (error) return Error(Errc::system_error, "find the working directory", error);
  const bool is_new = sys::calls().mkdirat(AT_FDCWD, path.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST) return Error(Errc::system_error, "make the directory " + path, sys::last_error());
  struct stat found {};
  if (sys::calls().stat(record_path(path).c_str(), &found) == 0) {
    return Error(Errc::already_exists, path + " has a task already: take it up with reattach(), or use another");
  }
  return Directory{.path = path, .is_new = is_new};
}

void remove_directory(const std::string& path) noexcept { sys::calls().rmdir(path.c_str()); }

}  // namespace crunc::task
