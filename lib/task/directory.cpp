// SPDX-License-Identifier: Apache-2.0
// A task's directory, made and removed.

#include "task/directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>

#include "sys/calls.hpp"
#include "sys/fd.hpp"
#include "task/record.hpp"

namespace crunc::task {
namespace {

Result<Directory> make_temporary() {
  const char* const user_runtime_dir = std::getenv("XDG_RUNTIME_DIR");
  const bool has_one = user_runtime_dir != nullptr && *user_runtime_dir == '/';
  std::error_code first_error;
  for (const std::string& parent : {std::string(has_one ? user_runtime_dir : "/run"), std::string("/tmp")}) {
    std::string pattern = parent + "/crunc-task-XXXXXX";
    if (sys::calls().mkdtemp(pattern.data()) != nullptr) return Directory{.path = std::move(pattern), .is_new = true};
    if (!first_error) first_error = sys::last_error();
  }
  return Error(Errc::system_error, "make a directory for the task in $XDG_RUNTIME_DIR, /run or /tmp", first_error);
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
