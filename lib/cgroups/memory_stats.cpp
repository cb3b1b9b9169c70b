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

/// "N0=2 N1=1" into the nodes of the last time, which stay those that they were but for their numbers.
bool put_nodes(std::string_view words, std::map<std::uint32_t, std::uint64_t>& nodes, std::size_t& count) {
  for (std::string_view word = take_word(words); !word.empty(); word = take_word(words)) {
    if (!word.starts_with('N')) return false;
    const auto [node, pages] = split_at(word.substr(1), '=');
    const auto number = parse_count(node);
    const auto value = parse_count(pages);
    if (!number || !value || *number > UINT32_MAX) return false;
    nodes[static_cast<std::uint32_t>(*number)] = *value;
    ++count;
  }
  return true;
}

bool put_row(std::string_view total, std::string_view words, NumaCount& row) {
  row.total.reset();
  if (!total.empty() && !store(row.total, parse_count(total.substr(1)))) return false;
  std::size_t count = 0;
  if (!put_nodes(words, row.nodes, count)) return false;
  if (count == row.nodes.size()) return true;
  row.nodes.clear();  // there are nodes that have gone, or one came twice
  return put_nodes(words, row.nodes, count);
}

bool put_rows(std::string_view text, NumaRows& rows, std::size_t& count) {
  return each_flat(text, [&](std::string_view name, std::string_view nodes) {
    const std::string_view key = split_at(name, '=').key;
    auto row = rows.find(key);
    if (row == rows.end()) row = rows.try_emplace(std::string(key)).first;
    ++count;
    return put_row(name.substr(key.size()), nodes, row->second);
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
  std::size_t count = 0;
  bool good = put_rows(text, rows, count);
  if (good && count != rows.size()) {
    rows.clear();
    good = put_rows(text, rows, count);
  }
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
