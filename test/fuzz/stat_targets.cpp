// SPDX-License-Identifier: Apache-2.0
// The files of cgroups that count: every reader of one version over the same text, and the shapes of others.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <crunc/cgroups/stats_compat.hpp>

#include "cgroups/event_files.hpp"
#include "cgroups/members.hpp"
#include "cgroups/oom_log.hpp"
#include "cgroups/parse.hpp"
#include "cgroups/stat_files.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "oci/event_reader.hpp"

namespace crunc::fuzz {
namespace {

using cgroups::Sample;
using cgroups::StatFile;

/// What each file said of a text.
using Verdicts = std::vector<cgroups::Parsed>;

/// A sample of which every file has this text.
Verdicts fill(Sample& sample, std::string_view text, bool on_v2) {
  Verdicts verdicts;
  cgroups::Filling into(sample);
  const auto read = [&](const StatFile& file) { verdicts.push_back(file.parse(text, "2MB", into)); };
  for (std::size_t i = 0; i < cgroups::controller_count; ++i) {
    for (const StatFile& file : cgroups::files_of(static_cast<cgroups::Controller>(i), on_v2)) read(file);
  }
  if (on_v2) {
    for (const StatFile& file : cgroups::v2::pressure_files()) read(file);
  }
  into.finish();
  return verdicts;
}

/// Whether a word says which node it is of as the kernel does: "N1=".
bool is_node(std::string_view word) {
  if (!word.starts_with('N')) return false;
  const std::string_view digits = cgroups::split_at(word, '=').key.substr(1);
  const bool is_number = digits.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number && (digits == "0" || !digits.starts_with('0'));
}

/// Whether a row or node is there twice, which no kernel prints.
bool has_twins(std::string_view text) {
  std::set<std::string_view> keys;
  while (!text.empty()) {
    std::string_view line = cgroups::take_line(text);
    const std::string_view key = cgroups::split_at(cgroups::take_word(line), '=').key;
    if (!key.empty() && !keys.insert(key).second) return true;
    std::set<std::string_view> nodes;
    for (std::string_view word = cgroups::take_word(line); !word.empty(); word = cgroups::take_word(line)) {
      if (is_node(word) && !nodes.insert(cgroups::split_at(word, '=').key).second) return true;
    }
  }
  return false;
}

/// That rows have gone is known by their number, which twins bring into disorder.
void forget_rows(Sample& sample) {
  sample.details.memory_numa.clear();
  if (!sample.stats.memory) return;
  sample.stats.memory->raw.clear();
  sample.stats.memory->cache_bytes.reset();
}

/// What a reader that reads again and again finds is what one finds that reads for the first time.
void check_reuse(std::string_view first, std::string_view second, bool on_v2) {
  const bool twins = has_twins(first) || has_twins(second);
  Sample used;
  for (const std::string_view text : {first, second, first}) {
    Sample fresh;
    const bool is_same_verdict = fill(used, text, on_v2) == fill(fresh, text, on_v2);
    require(is_same_verdict, "a sample may be used again: verdicts", text);
    if (twins) forget_rows(used), forget_rows(fresh);
    require(used.stats == fresh.stats, "a sample may be used again: statistics", text);
    require(used.details == fresh.details, "a sample may be used again: details", text);
  }
}

void check_shapes(const Sample& sample) {
  Event event;
  const std::string line = cgroups::to_runc_line(sample, "a");
  require(oci::EventReader().read(line, event).has_value() && event.stats, "a sample is an event of runc's", line);
  static_cast<void>(cgroups::to_containerd_v1(sample));
  static_cast<void>(cgroups::to_containerd_v2(sample));
  static_cast<void>(cgroups::to_crio(sample));
}

void check_files(std::string_view bytes, bool on_v2) {
  Choices choices(bytes);
  const std::size_t middle = bytes.find('\n', choices.below(bytes.size() + 1));
  check_reuse(bytes, bytes.substr(middle == std::string_view::npos ? 0 : middle + 1), on_v2);
  Sample sample;
  const Verdicts verdicts = fill(sample, bytes, on_v2);
  Sample again;
  require(fill(again, bytes, on_v2) == verdicts && again.stats == sample.stats, "the same text is the same sample");
  check_shapes(sample);
}

}  // namespace

FUZZ_TARGET(cgroup_files_v1) {
  check_files(bytes, false);
  cgroups::OomControl control;
  const bool is_good = cgroups::parse_oom_control(bytes, control);
  require(is_good || !bytes.empty(), "no lines are no fault");
}

FUZZ_TARGET(cgroup_files_v2) {
  check_files(bytes, true);
  cgroups::MemoryEventCounts counts;
  const bool is_good = cgroups::parse_memory_events(bytes, counts);
  require(is_good || !bytes.empty(), "no lines are no fault");
  const cgroups::CoreState state = cgroups::parse_core_events(bytes);
  require(!state.frozen || bytes.find("frozen") != std::string_view::npos, "only what is told is so");
}

FUZZ_TARGET(cgroup_numbers) {
  std::vector<std::uint32_t> numbers;
  if (cgroups::parse_list(bytes, numbers)) {
    require(numbers.size() <= 65536, "a list has its limit");
    std::string text;
    for (const std::uint32_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
    std::vector<std::uint32_t> again;
    require(cgroups::parse_list(text, again) && again == numbers, "a list that is printed is read the same", text);
  }
  const auto count = cgroups::parse_count(bytes);
  const auto racy = cgroups::parse_racy_count(bytes);
  const auto limit = cgroups::parse_limit(bytes);
  if (count) {
    require(racy == count, "a count is a racy count", bytes);
    require(limit && limit->printed() == *count, "a count is a limit", bytes);
    require(cgroups::parse_count(std::to_string(*count)) == count, "a count that is printed is read the same", bytes);
  }
  const auto number = cgroups::parse_signed(bytes);
  if (number && *number < 0) require(!count && racy == 0U, "below 0 is no count, but a racy one", bytes);
}

FUZZ_TARGET(oom_record) {
  const auto cgroup = cgroups::cgroup_of_oom_record(bytes);
  if (!cgroup) return;
  require(cgroup->find('\n') == std::string::npos, "a cgroup is of one line", bytes);
  require(cgroup->size() <= bytes.size(), "a cgroup is part of its record", bytes);
  std::string printed;
  for (const char c : *cgroup) printed += c == '\\' ? "\\x5c" : std::string(1, c);
  require(cgroups::cgroup_of_oom_record("6,1,2,-;oom-kill:,task_memcg=" + printed + ",task=a") == cgroup,
          "a cgroup that is printed is read the same", bytes);
}

FUZZ_TARGET(cgroup_pids) {
  const std::vector<pid_t> pids = cgroups::parse_pids(bytes);
  std::string lines;
  pid_t before = 0;
  for (const pid_t pid : pids) {
    require(pid > before, "pids are above 0, in order, and once each");
    before = pid;
    lines += std::to_string(pid) + '\n';
  }
  require(cgroups::parse_pids(lines) == pids, "pids that are printed are read the same");
  require(cgroups::name_pids(pids).size() < 200, "pids are named in short");
}

}  // namespace crunc::fuzz
