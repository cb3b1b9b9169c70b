// SPDX-License-Identifier: Apache-2.0
// What memory's files have in common on v1 and v2.

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups {
namespace {

bool put_all(std::string_view text, RawMemory& raw, std::size_t& count) {
  return each_flat(text, [&](std::string_view key, std::string_view value) {
    const auto number = parse_racy_count(value);
    if (!number) return false;
    ++count;
    if (const auto known = raw.find(key); known != raw.end()) {
      known->second = *number;
    } else {
      raw.emplace(key, *number);
    }
    return true;
  });
}

}  // namespace

Parsed parse_memory_stat(std::string_view text, RawMemory& raw) {
  std::size_t count = 0;
  bool good = put_all(text, raw, count);
  if (good && count != raw.size()) {
    raw.clear();  // there are keys of an earlier kernel file, or one came twice
    good = put_all(text, raw, count);
  }
  if (!good) raw.clear();
  return parsed(good);
}

Parsed parse_numa(std::string_view text, std::string_view, Filling& into) {
  NumaRows& rows = into.numa();
  for (auto& [name, row] : rows) row = {};
  const bool good = each_flat(text, [&](std::string_view name, std::string_view nodes) {
    const auto [key, total] = split_at(name, '=');
    auto row = rows.find(key);
    if (row == rows.end()) row = rows.try_emplace(std::string(key)).first;
    if (key.size() != name.size() && !store(row->second.total, parse_count(total))) return false;
    for (std::string_view word = take_word(nodes); !word.empty(); word = take_word(nodes)) {
      if (!word.starts_with('N')) return false;
      const auto [node, pages] = split_at(word.substr(1), '=');
      const auto number = parse_count(node);
      const auto count = parse_count(pages);
      if (!number || !count || *number > UINT32_MAX) return false;
      row->second.nodes[static_cast<std::uint32_t>(*number)] = *count;
    }
    return true;
  });
  if (!good) rows.clear();
  std::erase_if(rows, [](const auto& row) { return row.second == NumaCount{}; });
  return parsed(good);
}

bool parse_memory_events(std::string_view text, MemoryEventCounts& counts) noexcept {
  return each_flat(text, [&](std::string_view key, std::string_view value) {
    if (key == "low") return store(counts.low, parse_count(value));
    if (key == "high") return store(counts.high, parse_count(value));
    if (key == "max") return store(counts.max, parse_count(value));
    if (key == "oom") return store(counts.oom, parse_count(value));
    if (key == "oom_kill") return store(counts.oom_kill, parse_count(value));
    if (key == "oom_group_kill") return store(counts.oom_group_kill, parse_count(value));
    return true;
  });
}

bool parse_oom_control(std::string_view text, OomControl& control) noexcept {
  return each_flat(text, [&](std::string_view key, std::string_view value) {
    const auto number = parse_count(value);
    if (key == "oom_kill_disable") return store(control.kill_disabled, number);
    if (key == "under_oom") return store(control.under_oom, number);
    if (key == "oom_kill") return store(control.oom_kill, number);
    return true;
  });
}

}  // namespace crunc::cgroups
