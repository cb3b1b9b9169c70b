// SPDX-License-Identifier: Apache-2.0
// Whether a call wrote its pid file: the one sign that a process was started, whatever the runtime's exit code says.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include <crunc/error.hpp>

namespace crunc::runtime {

/// Watches the caller's pid file, or a private one in a directory of its own that is removed with this object.
///
/// The runtimes write the file before the process' status can become theirs (seen on runc 1.1.5 and
/// crun 1.8.1). runc replaces it, crun truncates it, so a file left by an earlier call is told by inode and time.
class PidFile {
 public:
  /// @param path  the caller's, absolute; empty: a private one
  [[nodiscard]] static Result<PidFile> watch(std::string path);
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile();

  /// The flag's value when the file is private, else empty: the caller's is among the arguments already.
  [[nodiscard]] const std::string& private_path() const noexcept { return private_path_; }
  /// Whether it was written since.
  [[nodiscard]] bool written() const;

 private:
  struct Stamp {
    ino_t inode;
    std::int64_t changed_ns;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  PidFile() = default;
  [[nodiscard]] static std::optional<Stamp> stamp_of(const std::string& path);

  std::string path_{};
  std::string private_path_{};
  std::string directory_{};
  std::optional<Stamp> before_{};
};

}  // namespace crunc::runtime
