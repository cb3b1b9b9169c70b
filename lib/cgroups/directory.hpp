// SPDX-License-Identifier: Apache-2.0
// A cgroup's directory held by descriptor, and its files. Whatever is done to a cgroup is done beneath a held
// directory, so that neither a symlink, nor "..", nor a directory put in another's place can lead elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/types.h>

#include <crunc/error.hpp>

#include "sys/fd.hpp"

namespace crunc::cgroups {

/// Whether `name` is one component of a path: no '/', no NUL, neither empty nor "." nor "..", at most 255 bytes.
[[nodiscard]] bool is_component(std::string_view name) noexcept;

/// The whole of a file in a directory, to its end. EINVAL for a name that is no single component.
[[nodiscard]] sys::SysResult<std::string> read_file(int dirfd, std::string_view name);

/// Write a value to a file that exists, by one write(2), never creating or truncating; made again after EINTR. An empty
/// value goes as a newline, since an empty write reaches no cgroup file. EINVAL for a name that is no single component,
/// EIO for a write that took but a part.
[[nodiscard]] std::error_code write_file(int dirfd, std::string_view name, std::string_view value);

/// Whether the directory was removed, whatever has its path now.
[[nodiscard]] bool is_removed(int dirfd) noexcept;

/// A directory by an O_PATH descriptor. Its errors name the file, the value and the errno; they are cgroup_gone when
/// the directory was removed, invalid_argument for a name that is no single component, else system_error.
/// @threads const calls may be made by several threads at once
class Directory {
 public:
  Directory() noexcept = default;
  /// Takes `fd` over; `path` is for messages only.
  Directory(sys::Fd fd, std::string path) noexcept : fd_(std::move(fd)), path_(std::move(path)) {}

  /// A directory by a path that is trusted: symlinks are followed.
  [[nodiscard]] static Result<Directory> at(const std::string& path);

  /// The descriptor, borrowed; -1 when there is none.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

  /// The whole of a file.
  [[nodiscard]] Result<std::string> read(std::string_view name) const;
  /// Write a value to a file that exists, by one write(2).
  [[nodiscard]] Result<void> write(std::string_view name, std::string_view value) const;
  /// A file, opened close-on-exec with `flags`; never created, symlinks not followed.
  [[nodiscard]] Result<sys::Fd> open_file(std::string_view name, int flags) const;
  /// Whether there is such a file.
  [[nodiscard]] bool has(std::string_view name) const noexcept;

  /// A directory beneath, by components joined with '/'; empty is this one once more. No symlink is followed, and (with
  /// `same_mount`) no mount is crossed: ELOOP or ENOTDIR, and EXDEV. cgroup_not_found when there is none.
  [[nodiscard]] Result<Directory> open(std::string_view inner, bool same_mount = false) const;
  /// Make a directory. False: it is there already.
  [[nodiscard]] Result<bool> make(std::string_view name, mode_t mode) const;
  /// rmdir(2) of a directory in this one, by its name. An error_code, since EBUSY is not the end.
  [[nodiscard]] std::error_code remove(std::string_view name) const noexcept;
  /// The names of the directories in this one.
  [[nodiscard]] Result<std::vector<std::string>> children() const;

  /// Whether both hold the same directory.
  [[nodiscard]] bool is_same(const Directory& other) const noexcept;
  [[nodiscard]] bool is_gone() const noexcept { return is_removed(fd()); }

  /// The Error of something tried with one of the files: `what` as in "read".
  [[nodiscard]] Error error(std::string_view what, std::string_view name, std::error_code why) const;

 private:
  sys::Fd fd_{};
  std::string path_{};
};

}  // namespace crunc::cgroups
