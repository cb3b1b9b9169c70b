// SPDX-License-Identifier: Apache-2.0
// Making a task's pipes, and finding them again.

#include "task/pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "sys/calls.hpp"

namespace crunc::task {
namespace {

/// Another open file description of what `fd` is.
sys::SysResult<sys::Fd> open_anew(int fd, int flags) {
  return sys::open_file(("/proc/self/fd/" + std::to_string(fd)).c_str(), flags);
}

Error failed(const char* what, const std::error_code& why) { return Error(Errc::system_error, what, why); }

struct Ends {
  sys::Fd reader{};
  sys::Fd writer{};
  std::uint64_t inode = 0;
};

Result<Ends> make_ends(const std::optional<StreamOwner>& owner) {
  const sys::Calls& calls = sys::calls();
  int fds[2];
  if (calls.pipe2(fds, O_CLOEXEC) != 0) return failed("make a pipe", sys::last_error());
  Ends ends{.reader = sys::Fd(fds[0]), .writer = sys::Fd(fds[1])};
  struct stat status {};
  if (calls.fstat(fds[0], &status) != 0) return failed("look at a pipe", sys::last_error());
  ends.inode = status.st_ino;
  if (owner && calls.fchown(fds[0], owner->uid, owner->gid) != 0) {
    return failed("give a pipe to the container's user", sys::last_error());
  }
  return ends;
}

}  // namespace

Result<TaskPipe> make_output_pipe(const std::optional<StreamOwner>& owner) {
  Result<Ends> ends = make_ends(owner);
  if (!ends) return ends.error();
  if (const std::error_code error = sys::set_nonblocking(ends->reader.get())) {
    return failed("make a pipe non-blocking", error);
  }
  sys::SysResult<sys::Fd> childs = open_anew(ends->writer.get(), O_RDWR);
  if (!childs) return failed("open a pipe for both directions", childs.error());
  return TaskPipe{.ours = std::move(ends->reader), .childs = std::move(*childs), .inode = ends->inode};
}

Result<TaskPipe> make_input_pipe(const std::optional<StreamOwner>& owner) {
  Result<Ends> ends = make_ends(owner);
  if (!ends) return ends.error();
  if (const std::error_code error = sys::set_nonblocking(ends->writer.get())) {
    return failed("make a pipe non-blocking", error);
  }
  return TaskPipe{.ours = std::move(ends->writer), .childs = std::move(ends->reader), .inode = ends->inode};
}

Result<sys::Fd> find_pipe(std::uint64_t inode, const std::vector<pid_t>& pids, int flags) {
  const std::string wanted = "pipe:[" + std::to_string(inode) + "]";
  for (const pid_t pid : pids) {
    std::error_code error;
    const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      std::error_code gone;
      if (std::filesystem::read_symlink(it->path(), gone) != wanted) continue;
      sys::SysResult<sys::Fd> opened = sys::open_file(it->path().c_str(), flags | O_NONBLOCK);
      struct stat status {};
      // It may have been closed, and the number given to something else, in between.
      const bool is_it = opened && sys::calls().fstat(opened->get(), &status) == 0 && status.st_ino == inode;
      if (is_it) return std::move(*opened);
      if (!opened && opened.error() != std::errc::no_such_file_or_directory) {
        return failed("open a pipe of the container anew", opened.error());
      }
    }
  }
  return sys::Fd();
}

}  // namespace crunc::task
