// SPDX-License-Identifier: Apache-2.0
// Opening of named pipes.

#include "task/named_pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/calls.hpp"

namespace crunc::task {
namespace {

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

Result<sys::Fd> open_reader(const std::string& path) { return open_pipe(path, O_RDONLY); }
Result<sys::Fd> open_held(const std::string& path) { return open_pipe(path, O_RDWR); }

}  // namespace crunc::task
