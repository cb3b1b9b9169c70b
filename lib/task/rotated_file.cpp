// SPDX-License-Identifier: Apache-2.0
// Appending and rotating. Whatever step fails, the next write finds by the path where things stand and goes on there.

#include "task/rotated_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/calls.hpp"

namespace crunc::task {
namespace {

constexpr mode_t first_mode = 0644;
constexpr mode_t permission_bits = 0777;

/// Outlets of one file have one lock: between the look and the write nobody else of this process writes or rotates.
std::mutex& lock_of(const std::string& path) {
  static std::array<std::mutex, 64> locks;
  return locks.at(std::hash<std::string>{}(path) % locks.size());
}

Result<void> move(const std::string& from, const std::string& to) {
  // What is not there need not be moved: there are fewer, or somebody has taken it away.
  if (sys::calls().rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return Error(Errc::system_error, "rename " + from + " to " + to, sys::last_error());
}

}  // namespace

Result<std::unique_ptr<Outlet>> FileOutlet::open(const std::filesystem::path& path, Rotation rotation) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (error) return Error(Errc::system_error, "find the working directory", error);
  std::unique_ptr<FileOutlet> outlet(new FileOutlet(absolute, rotation));
  outlet->mode_ = first_mode;
  if (Result<void> opened = outlet->open_anew(); !opened) return opened.error();
  return outlet;
}

Result<std::size_t> FileOutlet::write(std::string_view bytes) {
  const std::lock_guard lock(lock_of(path_));
  std::size_t written = 0;
  while (written < bytes.size()) {
    const Result<std::size_t> put = write_some(bytes.substr(written));
    if (!put && written == 0) return put.error();
    if (!put) break;
    written += *put;
  }
  return written;
}

Result<std::size_t> FileOutlet::write_some(std::string_view bytes) {
  if (Result<void> looked = look(); !looked) return looked.error();
  std::size_t share = share_of(bytes);
  if (share == 0) {
    if (Result<void> rotated = rotate(); !rotated) return rotated.error();
    share = share_of(bytes);
  }
  if (share == 0) return Error(Errc::system_error, "put " + path_ + " aside: others fill it again at once");
  return append(bytes.substr(0, share));
}

Result<void> FileOutlet::look() {
  struct stat found {};
  const bool is_there = sys::calls().stat(path_.c_str(), &found) == 0;
  if (!is_there || found.st_dev != device_ || found.st_ino != inode_) return open_anew();
  size_ = static_cast<std::uint64_t>(found.st_size);
  return {};
}

Result<void> FileOutlet::open_anew(int more_flags) {
  // O_NONBLOCK: what has come in its place may be a fifo.
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | more_flags;
  sys::SysResult<sys::Fd> opened = sys::open_file(path_.c_str(), flags, mode_);
  if (!opened) return Error(Errc::system_error, "open " + path_, opened.error());
  struct stat status {};
  if (sys::calls().fstat(opened->get(), &status) != 0) {
    return Error(Errc::system_error, "look at " + path_, sys::last_error());
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(Errc::invalid_argument, path_ + " is no regular file, so it cannot be rotated");
  }
  file_ = std::move(*opened);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  mode_ = status.st_mode & permission_bits;
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

Result<void> FileOutlet::rotate() {
  if (rotation_.keep == 0) return open_anew(O_TRUNC);
  const auto name = [this](unsigned number) { return path_ + "." + std::to_string(number); };
  for (unsigned to = rotation_.keep; to > 1; --to) {
    if (Result<void> moved = move(name(to - 1), name(to)); !moved) return moved;
  }
  if (Result<void> moved = move(path_, name(1)); !moved) return moved;
  return open_anew();
}

Result<std::size_t> FileOutlet::append(std::string_view bytes) {
  for (;;) {
    const ssize_t put = sys::calls().write(file_.get(), bytes.data(), bytes.size());
    if (put > 0) {
      size_ += static_cast<std::uint64_t>(put);
      return static_cast<std::size_t>(put);
    }
    if (put < 0 && errno == EINTR) continue;
    return Error(Errc::system_error, "write to " + path_, put < 0 ? sys::last_error() : sys::make_error(ENOSPC));
  }
}

/// How much of `bytes` belongs into the file as it is: whole lines, all that there is, or, of a line that is longer
/// than a file may be, a piece. 0: the file is full.
std::size_t FileOutlet::share_of(std::string_view bytes) const noexcept {
  const std::uint64_t room = rotation_.max_bytes - std::min(size_, rotation_.max_bytes);
  if (bytes.size() <= room) return bytes.size();
  const std::string_view that_fits = bytes.substr(0, static_cast<std::size_t>(room));
  const std::size_t last_end = that_fits.rfind('\n');
  if (last_end != std::string_view::npos) return last_end + 1;
  return size_ == 0 ? that_fits.size() : 0;
}

}  // namespace crunc::task
