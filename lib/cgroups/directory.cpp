// SPDX-License-Identifier: Apache-2.0
// Files and directories beneath a held directory.

#include "cgroups/directory.hpp"

#include <cerrno>
#include <climits>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

using sys::calls;
using sys::Fd;
using sys::last_error;
using sys::make_error;
using sys::SysResult;

constexpr int directory_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr size_t longest_file = std::size_t{64} * 1024 * 1024;  // cgroup.procs of 8 million processes

SysResult<Fd> open_at(int dirfd, const std::string& name, int flags) {
  for (;;) {
    Fd fd(calls().openat(dirfd, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0));
    if (fd) return fd;
    if (errno != EINTR) return last_error();
  }
}

SysResult<Fd> open_named(int dirfd, std::string_view name, int flags) {
  if (!is_component(name)) return make_error(EINVAL);
  return open_at(dirfd, std::string(name), flags);
}

/// One component after the other, for kernels before 5.6 and for sandboxes that refuse openat2.
SysResult<Fd> open_by_components(int dirfd, std::string_view inner) {
  SysResult<Fd> here = open_at(dirfd, ".", directory_flags);
  while (here && !inner.empty()) {
    const std::string_view component = inner.substr(0, inner.find('/'));
    inner.remove_prefix(std::min(inner.size(), component.size() + 1));
    here = open_named(here->get(), component, directory_flags);
  }
  return here;
}

SysResult<Fd> open_beneath(int dirfd, std::string_view inner, bool same_mount) {
  const std::string path(inner.empty() ? "." : inner);
  open_how how{};
  how.flags = directory_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (same_mount) how.resolve |= RESOLVE_NO_XDEV;
  constexpr int attempts = 100;  // EAGAIN: something was renamed meanwhile
  for (int i = 0; i < attempts; ++i) {
    Fd fd(calls().openat2(dirfd, path.c_str(), &how, sizeof how));
    if (fd) return fd;
    if (errno == ENOSYS || errno == EPERM) return open_by_components(dirfd, inner);
    if (errno != EINTR && errno != EAGAIN) return last_error();
  }
  return make_error(EAGAIN);
}

bool is_cgroup_file_system(int fd) noexcept {
  struct statfs info {};
  if (calls().fstatfs(fd, &info) != 0) return false;
  return info.f_type == CGROUP_SUPER_MAGIC || info.f_type == CGROUP2_SUPER_MAGIC;
}

/// The names of directories in what getdents64 has put into `buffer`.
void add_directories(const char* buffer, size_t size, std::vector<std::string>& names) {
  for (size_t at = 0; at < size;) {
    const char* const entry = buffer + at;
    unsigned short length = 0;
    std::memcpy(&length, entry + offsetof(dirent64, d_reclen), sizeof length);
    const auto type = static_cast<unsigned char>(entry[offsetof(dirent64, d_type)]);
    const std::string_view name(entry + offsetof(dirent64, d_name));
    if (type == DT_DIR && is_component(name)) names.emplace_back(name);
    at += length;
  }
}

}  // namespace

bool is_component(std::string_view name) noexcept {
  return !name.empty() && name.size() <= NAME_MAX && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

SysResult<std::string> read_file(int dirfd, std::string_view name) {
  const SysResult<Fd> file = open_named(dirfd, name, O_RDONLY);
  if (!file) return file.error();
  return sys::read_whole(file->get(), longest_file);
}

std::error_code write_file(int dirfd, std::string_view name, std::string_view value) {
  const SysResult<Fd> file = open_named(dirfd, name, O_WRONLY);
  if (!file) return file.error();
  if (value.empty()) value = "\n";
  for (;;) {
    const ssize_t put = calls().write(file->get(), value.data(), value.size());
    if (put == static_cast<ssize_t>(value.size())) return {};
    if (put >= 0) return make_error(EIO);
    if (errno != EINTR) return last_error();
  }
}

bool is_removed(int dirfd) noexcept {
  struct stat info {};
  if (calls().fstat(dirfd, &info) != 0) return errno == ENODEV;
  if (info.st_nlink == 0) return true;
  // A removed cgroup keeps its link count, but loses its files, and each cgroup of either version has this one.
  if (!is_cgroup_file_system(dirfd)) return false;
  const Fd file(calls().openat(dirfd, "cgroup.procs", O_PATH | O_CLOEXEC | O_NOFOLLOW, 0));
  return !file && (errno == ENOENT || errno == ENODEV);
}

Result<Directory> Directory::at(const std::string& path) {
  SysResult<Fd> fd = sys::open_file(path.c_str(), directory_flags);
  if (!fd) return Error(Errc::system_error, "open " + path, fd.error());
  return Directory(std::move(*fd), path);
}

Result<std::string> Directory::read(std::string_view name) const {
  SysResult<std::string> text = read_file(fd(), name);
  if (!text) return error("read", name, text.error());
  return std::move(*text);
}

Result<void> Directory::write(std::string_view name, std::string_view value) const {
  const std::error_code failed = write_file(fd(), name, value);
  if (failed) return error("write " + core::quote(value) + " to", name, failed);
  return {};
}

Result<Fd> Directory::open_file(std::string_view name, int flags) const {
  SysResult<Fd> file = open_named(fd(), name, flags & ~(O_CREAT | O_TRUNC));
  if (!file) return error("open", name, file.error());
  return std::move(*file);
}

bool Directory::has(std::string_view name) const noexcept { return open_named(fd(), name, O_PATH).has_value(); }

Result<Directory> Directory::open(std::string_view inner, bool same_mount) const {
  SysResult<Fd> fd = open_beneath(this->fd(), inner, same_mount);
  std::string path = inner.empty() ? path_ : path_ + "/" + std::string(inner);
  if (fd) return Directory(std::move(*fd), std::move(path));
  if (fd.error() == std::errc::no_such_file_or_directory) {
    return Error(is_gone() ? Errc::cgroup_gone : Errc::cgroup_not_found, "open " + path, fd.error());
  }
  return error("open", inner, fd.error());
}

Result<bool> Directory::make(std::string_view name, mode_t mode) const {
  if (!is_component(name)) return error("make", name, make_error(EINVAL));
  if (calls().mkdirat(fd(), std::string(name).c_str(), mode) == 0) return true;
  if (errno == EEXIST) return false;
  return error("make", name, last_error());
}

std::error_code Directory::remove(std::string_view name) const noexcept {
  if (!is_component(name)) return make_error(EINVAL);
  const std::string text(name);
  for (;;) {
    if (calls().unlinkat(fd(), text.c_str(), AT_REMOVEDIR) == 0) return {};
    if (errno != EINTR) return last_error();
  }
}

Result<std::vector<std::string>> Directory::children() const {
  // O_PATH cannot be listed.
  const SysResult<Fd> listing = open_at(fd(), ".", O_RDONLY | O_DIRECTORY);
  if (!listing) return error("list", {}, listing.error());
  std::vector<std::string> names;
  alignas(dirent64) char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = calls().getdents64(listing->get(), buffer, sizeof buffer);
    if (got == 0) return names;
    if (got < 0 && errno != EINTR) return error("list", {}, last_error());
    if (got > 0) add_directories(buffer, static_cast<size_t>(got), names);
  }
}

bool Directory::is_same(const Directory& other) const noexcept {
  struct stat mine {};
  struct stat theirs {};
  return calls().fstat(fd(), &mine) == 0 && calls().fstat(other.fd(), &theirs) == 0 && mine.st_ino == theirs.st_ino &&
         mine.st_dev == theirs.st_dev;
}

Error Directory::error(std::string_view what, std::string_view name, std::error_code why) const {
  Errc code = Errc::system_error;
  if (!name.empty() && !is_component(name) && why == std::errc::invalid_argument) code = Errc::invalid_argument;
  if (why == std::errc::no_such_device) code = Errc::cgroup_gone;
  if (why == std::errc::no_such_file_or_directory && is_gone()) code = Errc::cgroup_gone;
  std::string reason = std::string(what) + " " + path_;
  if (!name.empty()) reason += is_component(name) ? "/" + std::string(name) : "/ " + core::quote(name);
  return {code, reason, why};
}

}  // namespace crunc::cgroups
