// SPDX-License-Identifier: Apache-2.0
// Making and opening of named pipes. They lie in a directory that is the task's alone.

#include "task/named_pipe.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/calls.hpp"

namespace crunc::task {
namespace {

constexpr mode_t pipe_mode = 0600;

bool is_our_pipe(const std::string& path, const std::optional<StreamOwner>& owner) {
  const sys::SysResult<sys::Fd> found = sys::open_file(path.c_str(), O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (!found || sys::calls().fstat(found->get(), &status) != 0 || !S_ISFIFO(status.st_mode)) return false;
  return status.st_uid == sys::calls().geteuid() || (owner && status.st_uid == owner->uid);
}

Result<sys::Fd> open_pipe(const std::string& path, int flags) {
  sys::SysResult<sys::Fd> opened = sys::open_file(path.c_str(), flags | O_NONBLOCK | O_NOCTTY);
  if (!opened) return Error(Errc::system_error, "open the named pipe " + path, opened.error());
  struct stat status {};
  if (sys::calls().fstat(opened->get(), &status) != 0) {
    return Error(Errc::system_error, "look at the named pipe " + path, sys::last_error());
  }
  if (!S_ISFIFO(status.st_mode)) return Error(Errc::invalid_argument, path + " is no named pipe");
  return std::move(*opened);
}

}  // namespace

Result<void> make_named_pipe(const std::string& path, const std::optional<StreamOwner>& owner) {
  const sys::Calls& calls = sys::calls();
  bool is_made = calls.mkfifo(path.c_str(), pipe_mode) == 0;
  if (!is_made && errno == EEXIST) {
    if (!is_our_pipe(path, owner)) {
      return Error(Errc::already_exists, path + " is there already, and is no named pipe of ours");
    }
    is_made = calls.unlink(path.c_str()) == 0 && calls.mkfifo(path.c_str(), pipe_mode) == 0;
  }
  if (!is_made) return Error(Errc::system_error, "make the named pipe " + path, sys::last_error());
  if (!owner || calls.fchownat(AT_FDCWD, path.c_str(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) == 0) return {};
  const std::error_code why = sys::last_error();
  calls.unlink(path.c_str());
  return Error(Errc::system_error, "give the named pipe " + path + " to user " + std::to_string(owner->uid), why);
}

Result<sys::Fd> open_reader(const std::string& path) { return open_pipe(path, O_RDONLY); }
Result<sys::Fd> open_held(const std::string& path) { return open_pipe(path, O_RDWR); }
Result<sys::Fd> open_writer(const std::string& path) { return open_pipe(path, O_WRONLY); }

}  // namespace crunc::task
