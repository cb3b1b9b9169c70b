// SPDX-License-Identifier: Apache-2.0
// Pid files. The private one needs a directory, because runc writes a file beside it and renames that.

#include "runtime/pid_file.hpp"

#include <utility>

#include "sys/calls.hpp"
#include "sys/private_directory.hpp"

namespace crunc::runtime {

Result<PidFile> PidFile::watch(std::string path) {
  PidFile file;
  if (!path.empty()) {
    file.path_ = std::move(path);
    file.before_ = stamp_of(file.path_);
    return file;
  }
  sys::SysResult<std::string> directory = sys::make_private_directory("crunc");
  if (!directory) {
    return Error(Errc::system_error, std::string("make a private directory for the pid file in ") + sys::private_places,
                 directory.error());
  }
  file.directory_ = std::move(*directory);
  file.private_path_ = file.directory_ + "/pid";
  file.path_ = file.private_path_;
  return file;
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
