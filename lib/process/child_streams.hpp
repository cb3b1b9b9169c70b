// SPDX-License-Identifier: Apache-2.0
// The descriptors that a child gets, and this process' halves of its pipes.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "process/execution.hpp"
#include "sys/fd.hpp"

namespace crunc::process {

class ChildStreams {
 public:
  /// Open what the command's streams stand for.
  [[nodiscard]] std::optional<SpawnFailure> open(const Command& command);

  [[nodiscard]] const std::vector<sys::FdMapping>& mappings() const noexcept { return mappings_; }

  /// After the spawn, whatever came of it: the child's ends of pipes are the child's alone.
  static void close_handed_over(const Command& command) noexcept;

  std::array<sys::Fd, 3> readers{};
  sys::Fd ready{};  ///< of Command::ready_fd

 private:
  [[nodiscard]] sys::SysResult<int> open_one(const Stream& stream, std::size_t index);
  [[nodiscard]] sys::SysResult<int> keep(sys::SysResult<sys::Fd> opened);
  [[nodiscard]] sys::SysResult<int> capture(sys::Fd& reader);
  [[nodiscard]] sys::SysResult<int> null_device();

  std::vector<sys::FdMapping> mappings_{};
  std::vector<sys::Fd> child_ends_{};
  int null_ = -1;
};

}  // namespace crunc::process
