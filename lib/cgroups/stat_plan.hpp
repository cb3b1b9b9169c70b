// SPDX-License-Identifier: Apache-2.0
// The files that a mask asks of a cgroup, in order, and the reading of them, once or many times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/stats.hpp>

#include "cgroups/stat_files.hpp"
#include "sys/fd.hpp"

namespace crunc::cgroups {

/// The sizes of huge pages that a directory has files of, such as "2MB".
[[nodiscard]] std::vector<std::string> huge_page_sizes(int dirfd);

enum class KeepOpen : bool { no, yes };

class StatPlan {
 public:
  StatPlan(const Directories& directories, StatMask mask, KeepOpen keep);

  /// See StatReader::read().
  [[nodiscard]] Result<void> read(Sample& sample);
  [[nodiscard]] std::size_t descriptors() const noexcept;

  /// Open all that is there, also what only another way would need, and let go of directories that have no owner.
  [[nodiscard]] Result<void> open_all();

 private:
  struct Place {
    int fd;
    std::string_view label;
    bool alive = false;  ///< a file of it could be read this time
  };
  struct File {
    const StatFile* file;
    const char* name;
    std::string_view page_size;
    std::size_t place;
    sys::Fd fd{};
    bool missing = false;  ///< when it was to be opened
  };
  enum class Outcome : std::uint8_t { good, empty, missing, failed };

  void add(Place place, std::span<const StatFile> files, StatMask mask);
  void add_per_page_size(std::size_t place, const StatFile& file);
  void read_files(Sample& sample);
  [[nodiscard]] Outcome read_file(File& file, Filling& into, Sample& sample);
  [[nodiscard]] std::error_code open(File& file) const;
  [[nodiscard]] sys::SysResult<std::string_view> text_of(File& file);
  [[nodiscard]] sys::SysResult<std::string_view> content(int fd);
  [[nodiscard]] Result<void> judge(Sample& sample);
  void close_all() noexcept;

  KeepOpen keep_;
  Directories directories_;
  ControllerSet on_v2_{};
  std::vector<Place> places_{};
  std::vector<File> files_{};
  std::deque<std::string> names_{};  ///< page sizes, and the files' names made of them
  std::vector<std::string_view> page_sizes_{};
  bool vanished_ = false;   ///< a file that was kept gave ENODEV this time
  char* buffer_ = nullptr;  ///< of the present read
  std::string large_{};     ///< for files that do not fit into it
};

}  // namespace crunc::cgroups
