// SPDX-License-Identifier: Apache-2.0
// A log file that never gets too large.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <crunc/error.hpp>
#include <crunc/task_io.hpp>

#include "sys/fd.hpp"
#include "task/outlet.hpp"

namespace crunc::task {

/// Appends to a file and puts it aside when it is full.
///
/// The file is looked for by its path each time: who else renames, removes or empties it, and who else appends to it
/// (the process' other output, others of this process) is reckoned with. Lines are kept whole, as far as they come so
/// and are no longer than a file may be.
class FileOutlet final : public Outlet {
 public:
  /// @param rotation  with `max_bytes`
  [[nodiscard]] static Result<std::unique_ptr<Outlet>> open(const std::filesystem::path& path, Rotation rotation);
  [[nodiscard]] Result<std::size_t> write(std::string_view bytes) override;

 private:
  FileOutlet(std::string path, Rotation rotation) : path_(std::move(path)), rotation_(rotation) {}
  [[nodiscard]] Result<std::size_t> write_some(std::string_view bytes);
  [[nodiscard]] Result<void> look();
  [[nodiscard]] Result<void> open_anew(int more_flags = 0);
  [[nodiscard]] Result<void> rotate();
  [[nodiscard]] Result<std::size_t> append(std::string_view bytes);
  [[nodiscard]] std::size_t share_of(std::string_view bytes) const noexcept;

  const std::string path_;
  const Rotation rotation_;
  sys::Fd file_{};
  dev_t device_ = 0;
  ino_t inode_ = 0;
  mode_t mode_ = 0;  ///< of the file: the next one gets the same
  std::uint64_t size_ = 0;
};

}  // namespace crunc::task
