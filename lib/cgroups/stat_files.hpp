// SPDX-License-Identifier: Apache-2.0
// The files of statistics: which there are, who wants them, and what each becomes in a Sample. Adding one is a row in
// its controller's list.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <crunc/cgroups/stats.hpp>

#include "cgroups/parse.hpp"

namespace crunc::cgroups {

using RawMemory = decltype(MemoryStats::raw);
using NumaRows = decltype(SampleDetails::memory_numa);

/// A Sample while it is filled. It may be used again: what its containers hold of memory is kept, and what was not
/// asked for between begin and end is gone.
class Filling {
 public:
  /// Empties `sample`.
  explicit Filling(Sample& sample);

  [[nodiscard]] CpuStats& cpu();
  [[nodiscard]] CpuUsage& cpu_usage();
  [[nodiscard]] CpusetStats& cpuset();
  [[nodiscard]] MemoryStats& memory();
  [[nodiscard]] MemoryEntry& memory_usage();
  [[nodiscard]] MemoryEntry& memory_swap();
  [[nodiscard]] MemoryEntry& memory_swap_only();
  [[nodiscard]] MemoryEntry& memory_kernel();
  [[nodiscard]] MemoryEntry& memory_kernel_tcp();
  [[nodiscard]] PidsStats& pids();
  [[nodiscard]] BlkioStats& blkio();
  [[nodiscard]] RdmaStats& rdma();
  [[nodiscard]] HugetlbEntry& hugetlb(std::string_view page_size);
  [[nodiscard]] HugetlbUse& hugetlb_use(std::string_view page_size);
  [[nodiscard]] MiscEntry& misc(std::string_view resource);
  [[nodiscard]] SampleDetails& details() noexcept { return sample_.details; }
  /// memory.stat as a map that still has the keys of the last time, to be updated.
  [[nodiscard]] RawMemory& raw();
  [[nodiscard]] NumaRows& numa();

  /// Works out what is made of several files, and drops what was not filled.
  void finish();

 private:
  static void add_swap(MemoryStats& memory);

  Sample& sample_;
  bool cpu_ = false;
  bool cpu_usage_ = false;
  bool cpuset_ = false;
  bool memory_ = false;
  bool blkio_ = false;
  bool rdma_ = false;
  bool raw_ = false;
  bool numa_ = false;
};

enum class Parsed : std::uint8_t {
  good,
  empty,     ///< nothing in it: the next alternative may have more
  malformed  ///< what could be understood was kept
};

/// A file, or where `per_page_size`, a file for each size of huge pages: "hugetlb.2MB" + name.
struct StatFile {
  const char* name;
  StatMask wanted;
  /// `key` is the page size.
  Parsed (*parse)(std::string_view text, std::string_view key, Filling& into);
  /// 0: read always. Else one of several ways to the same numbers: the second way is gone when the first file of the
  /// first is missing or empty, and so on.
  std::uint8_t way = 0;
  bool per_page_size = false;
  /// Another way only where the files of those before are missing, which a reader that keeps files open need not keep.
  bool last_resort = false;
};

namespace v1 {
[[nodiscard]] std::span<const StatFile> cpu_files() noexcept;
[[nodiscard]] std::span<const StatFile> cpuacct_files() noexcept;
[[nodiscard]] std::span<const StatFile> cpuset_files() noexcept;
[[nodiscard]] std::span<const StatFile> memory_files() noexcept;
[[nodiscard]] std::span<const StatFile> pids_files() noexcept;
[[nodiscard]] std::span<const StatFile> io_files() noexcept;
[[nodiscard]] std::span<const StatFile> hugetlb_files() noexcept;
}  // namespace v1

namespace v2 {
[[nodiscard]] std::span<const StatFile> cpu_files() noexcept;
[[nodiscard]] std::span<const StatFile> memory_files() noexcept;
[[nodiscard]] std::span<const StatFile> pids_files() noexcept;
[[nodiscard]] std::span<const StatFile> io_files() noexcept;
[[nodiscard]] std::span<const StatFile> hugetlb_files() noexcept;
[[nodiscard]] std::span<const StatFile> misc_files() noexcept;
[[nodiscard]] std::span<const StatFile> pressure_files() noexcept;
}  // namespace v2

/// The same on v1 and v2.
[[nodiscard]] std::span<const StatFile> rdma_files() noexcept;

/// Those of a controller; none for a controller that counts nothing.
[[nodiscard]] std::span<const StatFile> files_of(Controller controller, bool on_v2) noexcept;

/// memory.stat: every line "key number" into `raw`, which keeps its nodes where it has the keys already.
[[nodiscard]] Parsed parse_memory_stat(std::string_view text, RawMemory& raw);
/// memory.numa_stat of v1 ("anon=3 N0=2 N1=1") and v2 ("anon N0=8192 N1=4096").
[[nodiscard]] Parsed parse_numa(std::string_view text, std::string_view key, Filling& into);
/// memory.events, and hugetlb's and misc's: known keys only.
[[nodiscard]] bool parse_memory_events(std::string_view text, MemoryEventCounts& counts) noexcept;
[[nodiscard]] bool parse_oom_control(std::string_view text, OomControl& control) noexcept;

/// A file that is one number, for a member of what `Part` gives.
template <auto Part, auto Member, auto parse = parse_count>
[[nodiscard]] Parsed parse_single(std::string_view text, std::string_view /*key*/, Filling& into) {
  const auto number = parse(text);
  if (!number) return Parsed::malformed;
  auto& target = (into.*Part)().*Member;
  target = typename std::remove_reference_t<decltype(target)>::value_type(*number);
  return Parsed::good;
}

[[nodiscard]] inline Parsed parsed(bool good) noexcept { return good ? Parsed::good : Parsed::malformed; }

}  // namespace crunc::cgroups
