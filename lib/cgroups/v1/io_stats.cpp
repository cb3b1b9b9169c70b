// SPDX-License-Identifier: Apache-2.0
// blkio of v1. Which files count depends on the IO scheduler, so there are five ways, tried in libcontainer's order.
// @source kernel cgroup-v1/blkio-controller.rst; runc 1.1.5 libcontainer/cgroups/fs/blkio.go

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v1 {
namespace {

/// "major:minor op value", where `op` may be missing.
bool parse_row(std::string_view line, BlkioEntry& row) {
  const auto [major, minor] = split_at(take_word(line), ':');
  std::string_view value = take_word(line);
  if (const std::string_view next = take_word(line); !next.empty()) {
    row.op = value;
    value = next;
  }
  return store(row.major, parse_count(major)) && store(row.minor, parse_count(minor)) &&
         store(row.value, parse_count(value)) && take_word(line).empty();
}

/// Rows of what the kernel itself cannot name, and the sum over all devices.
bool is_no_device(std::string_view line) noexcept {
  return line.starts_with("Total ") || line.starts_with("(unknown)");
}

template <auto Member>
Parsed parse_rows(std::string_view text, std::string_view, Filling& into) {
  std::vector<BlkioEntry>& rows = into.blkio().*Member;
  rows.clear();
  bool good = true;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty() || is_no_device(line)) continue;
    if (!parse_row(line, rows.emplace_back())) {
      rows.pop_back();
      good = false;
    }
  }
  if (!good) return Parsed::malformed;
  return rows.empty() ? Parsed::empty : Parsed::good;
}

template <auto Member>
constexpr StatFile rows(const char* name, std::uint8_t way) {
  return {name, StatMask::io, parse_rows<Member>, way};
}

using B = BlkioStats;
constexpr StatFile io[] = {
    // bfq with statistics for debugging
    rows<&B::sectors>("blkio.bfq.sectors_recursive", 1),
    rows<&B::service_time>("blkio.bfq.io_service_time_recursive", 1),
    rows<&B::wait_time>("blkio.bfq.io_wait_time_recursive", 1),
    rows<&B::merged>("blkio.bfq.io_merged_recursive", 1),
    rows<&B::queued>("blkio.bfq.io_queued_recursive", 1),
    rows<&B::time>("blkio.bfq.time_recursive", 1),
    rows<&B::serviced>("blkio.bfq.io_serviced_recursive", 1),
    rows<&B::service_bytes>("blkio.bfq.io_service_bytes_recursive", 1),
    // bfq
    rows<&B::serviced>("blkio.bfq.io_serviced_recursive", 2),
    rows<&B::service_bytes>("blkio.bfq.io_service_bytes_recursive", 2),
    // cfq, before 5.0
    rows<&B::sectors>("blkio.sectors_recursive", 3),
    rows<&B::service_bytes>("blkio.io_service_bytes_recursive", 3),
    rows<&B::serviced>("blkio.io_serviced_recursive", 3),
    rows<&B::queued>("blkio.io_queued_recursive", 3),
    rows<&B::service_time>("blkio.io_service_time_recursive", 3),
    rows<&B::wait_time>("blkio.io_wait_time_recursive", 3),
    rows<&B::merged>("blkio.io_merged_recursive", 3),
    rows<&B::time>("blkio.time_recursive", 3),
    // any other
    rows<&B::serviced>("blkio.throttle.io_serviced_recursive", 4),
    rows<&B::service_bytes>("blkio.throttle.io_service_bytes_recursive", 4),
    rows<&B::serviced>("blkio.throttle.io_serviced", 5),
    rows<&B::service_bytes>("blkio.throttle.io_service_bytes", 5),
};

}  // namespace

std::span<const StatFile> io_files() noexcept { return io; }

}  // namespace crunc::cgroups::v1
