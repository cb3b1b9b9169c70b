// SPDX-License-Identifier: Apache-2.0
// Pid files. The private one needs a directory, because runc writes a file beside it and renames that.

#include "runtime/pid_file.hpp"

#include <cstdlib>
#include <utility>

#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {

Result<PidFile> PidFile::watch(std::string path) {
  PidFile file;
  if (!path.empty()) {
    file.path_ = std::move(path);
    file.before_ = stamp_of(file.path_);
    return file;
  }
  const char* const user_runtime_dir = std::getenv("XDG_RUNTIME_DIR");
  const bool has_one = user_runtime_dir != nullptr && *user_runtime_dir == '/';
  std::error_code first_error;
  for (const std::string& parent : {std::string(has_one ? user_runtime_dir : "/run"), std::string("/tmp")}) {
    std::string pattern = parent + "/crunc-XXXXXX";
    if (sys::calls().mkdtemp(pattern.data()) != nullptr) {
      file.directory_ = std::move(pattern);
      file.private_path_ = file.directory_ + "/pid";
      file.path_ = file.private_path_;
      return file;
    }
    if (!first_error) first_error = sys::last_error();
  }
  return Error(Errc::system_error, "make a private directory for the pid file in $XDG_RUNTIME_DIR, /run or /tmp",
               first_error);
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::move(other.path_)),
      private_path_(std::move(other.private_path_)),
      directory_(std::exchange(other.directory_, {})),
      before_(other.before_) {}

PidFile::~PidFile() {
  if (directory_.empty()) return;
  // ".pid" is what a runc leaves that was killed between writing and renaming.
  sys::calls().unlink((directory_ + "/.pid").c_str());
  sys::calls().unlink(private_path_.c_str());
  sys::calls().rmdir(directory_.c_str());
}

bool PidFile::written() const {
  const std::optional<Stamp> now = stamp_of(path_);
  return now.has_value() && now != before_;
}

std::optional<PidFile::Stamp> PidFile::stamp_of(const std::string& path) {
  struct stat status {};
  if (sys::calls().stat(path.c_str(), &status) != 0) return std::nullopt;
  constexpr std::int64_t nanoseconds = 1'000'000'000;
  return Stamp{.inode = status.st_ino, .changed_ns = status.st_ctim.tv_sec * nanoseconds + status.st_ctim.tv_nsec};
}

}  // namespace crunc::runtime
