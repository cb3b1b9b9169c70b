// SPDX-License-Identifier: Apache-2.0
// rdma, the same on v1 and v2. @source kernel admin-guide/cgroup-v1/rdma.rst

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups {
namespace {

/// "mlx4_0 hca_handle=2 hca_object=max"
bool parse_row(std::string_view line, RdmaEntry& row) {
  row.device = take_word(line);
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    const auto [key, value] = split_at(word, '=');
    if (key == "hca_handle" && !store(row.hca_handles, parse_limit(value))) return false;
    if (key == "hca_object" && !store(row.hca_objects, parse_limit(value))) return false;
  }
  return !row.device.empty();
}

template <auto Member>
Parsed parse_rows(std::string_view text, std::string_view, Filling& into) {
  std::vector<RdmaEntry>& rows = into.rdma().*Member;
  bool good = true;
  std::size_t used = 0;  // of the rows of the last time, which are blank
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    if (used == rows.size()) rows.emplace_back();
    if (parse_row(line, rows[used])) {
      ++used;
    } else {
      rows[used] = {};
      good = false;
    }
  }
  return parsed(good);
}

constexpr StatFile rdma[] = {
    {"rdma.current", StatMask::rdma, parse_rows<&RdmaStats::current>},
    {"rdma.max", StatMask::rdma, parse_rows<&RdmaStats::limit>},
};

}  // namespace

std::span<const StatFile> rdma_files() noexcept { return rdma; }

}  // namespace crunc::cgroups
