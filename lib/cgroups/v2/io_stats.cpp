// SPDX-License-Identifier: Apache-2.0
// io of v2, put into v1's lists by v1's names, as libcontainer does.
// @source kernel admin-guide/cgroup-v2.rst, io.stat; block/blk-iocost.c

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups::v2 {
namespace {

struct Column {
  std::string_view key;
  std::vector<BlkioEntry> BlkioStats::*list;
  const char* op;
};

constexpr Column columns[] = {
    {"rbytes", &BlkioStats::service_bytes, "Read"},     {"wbytes", &BlkioStats::service_bytes, "Write"},
    {"dbytes", &BlkioStats::service_bytes, "Discard"},  {"rios", &BlkioStats::serviced, "Read"},
    {"wios", &BlkioStats::serviced, "Write"},           {"dios", &BlkioStats::serviced, "Discard"},
    {"cost.usage", &BlkioStats::cost_usage, "Count"},   {"cost.wait", &BlkioStats::cost_wait, "Count"},
    {"cost.indebt", &BlkioStats::cost_indebt, "Count"}, {"cost.indelay", &BlkioStats::cost_indelay, "Count"},
};

bool parse_column(std::string_view word, const BlkioEntry& device, BlkioStats& blkio) {
  const auto [key, value] = split_at(word, '=');
  for (const Column& column : columns) {
    if (column.key != key) continue;
    const auto count = parse_count(value);
    if (!count) return false;
    BlkioEntry& entry = (blkio.*column.list).emplace_back();
    entry.major = device.major;
    entry.minor = device.minor;
    entry.op = column.op;
    entry.value = *count;
    return true;
  }
  return true;  // a key of a newer kernel, or none: "8:0" alone is a row, too
}

Parsed parse_stat(std::string_view text, std::string_view, Filling& into) {
  BlkioStats& blkio = into.blkio();
  bool good = true;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view name = take_word(line);
    if (name.empty() || name == "(unknown)") continue;
    const auto [major, minor] = split_at(name, ':');
    BlkioEntry device;
    if (!store(device.major, parse_count(major)) || !store(device.minor, parse_count(minor))) {
      good = false;
      continue;
    }
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      good = parse_column(word, device, blkio) && good;
    }
  }
  return parsed(good);
}

constexpr StatFile io[] = {{"io.stat", StatMask::io, parse_stat}};

}  // namespace

std::span<const StatFile> io_files() noexcept { return io; }

}  // namespace crunc::cgroups::v2
