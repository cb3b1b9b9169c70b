// SPDX-License-Identifier: Apache-2.0
// What every container uses: stats_all [RUNTIME [ROOT]]. A table of the containers below the runtime's ROOT, read from
// their cgroups twice, a second apart; no process is started for a sample, and any runtime will do. Needs root.
//
// "-" is what nobody knows: of a container that has stopped, or of a controller that is not there. It is never a zero.

#include <chrono>
#include <cstdint>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/crunc.hpp>

namespace {

using crunc::cgroups::Cgroup;
using crunc::cgroups::Hierarchy;
using crunc::cgroups::Sample;
using crunc::cgroups::StatMask;
using crunc::cgroups::StatReader;

constexpr StatMask wanted = StatMask::cpu_time | StatMask::memory | StatMask::memory_events | StatMask::pids;

/// A container, and its two samples as far as they could be had.
struct Row {
  crunc::Container container;
  std::optional<StatReader> reader{};
  std::optional<Sample> before{};
  std::optional<Sample> now{};
};

/// The files of a container's cgroup, held open. Nothing if it has none of its own: its process is then in the cgroup
/// of whoever started it, such as ours, whose numbers would be no answer.
std::optional<StatReader> open(const crunc::Container& container) {
  if (container.pid <= 0 || container.status == crunc::Status::stopped) return std::nullopt;
  const Hierarchy hierarchy = Hierarchy::system().value();
  auto cgroup = Cgroup::load(hierarchy, container.pid);
  if (!cgroup || cgroup->paths() == Cgroup::load(hierarchy, 0).value().paths()) return std::nullopt;
  const auto held = std::make_shared<const Cgroup>(std::move(*cgroup));
  auto reader = StatReader::open(crunc::cgroups::directories_of(held), wanted);
  return reader ? std::optional(std::move(*reader)) : std::nullopt;
}

/// Nothing if the container has ended meanwhile.
std::optional<Sample> take(std::optional<StatReader>& reader) {
  Sample sample;
  return reader && reader->read(sample) ? std::optional(std::move(sample)) : std::nullopt;
}

template <class T>
std::string cell(const std::optional<T>& value) {
  std::ostringstream text;
  if (!value) return "-";
  text << std::fixed << std::setprecision(1) << *value;
  return text.str();
}

std::optional<crunc::CpuTime> cpu_time(const std::optional<Sample>& sample) {
  return sample && sample->stats.cpu && sample->stats.cpu->usage ? sample->stats.cpu->usage->total : std::nullopt;
}

/// Of one processor.
std::optional<double> cpu_percent(const Row& row) {
  const auto before = cpu_time(row.before);
  const auto now = cpu_time(row.now);
  if (!before || !now || *now < *before) return std::nullopt;
  return 100 * std::chrono::duration<double>(*now - *before) /
         std::chrono::duration<double>(row.now->read_at - row.before->read_at);
}

std::optional<double> mebibytes(const std::optional<std::uint64_t>& bytes) {
  return bytes ? std::optional(static_cast<double>(*bytes) / (1 << 20)) : std::nullopt;
}

/// How many processes the kernel has killed for want of memory: cgroup v2 and v1 count them in different files.
std::optional<std::uint64_t> oom_kills(const Sample& sample) {
  if (sample.details.memory_events) return sample.details.memory_events->oom_kill;
  return sample.details.oom_control ? sample.details.oom_control->oom_kill : std::nullopt;
}

void print(const std::vector<std::string>& cells) {
  std::cout << std::left << std::setw(24) << cells[0] << std::setw(10) << cells[1] << std::right;
  for (std::size_t i = 2; i < cells.size(); ++i) std::cout << std::setw(12) << cells[i];
  std::cout << '\n';
}

void print(const Row& row) {
  const Sample sample = row.now.value_or(Sample{});
  const auto memory = sample.stats.memory ? sample.stats.memory->usage : std::nullopt;
  const auto limit = memory ? memory->limit_bytes : std::nullopt;
  const auto pids = sample.stats.pids ? sample.stats.pids->current : std::nullopt;
  print({row.container.id, row.container.status_text, cell(cpu_percent(row)),
         cell(mebibytes(memory ? memory->usage_bytes : std::nullopt)),
         limit && limit->unlimited() ? "none" : cell(mebibytes(limit ? limit->number() : std::nullopt)), cell(pids),
         cell(oom_kills(sample))});
}

}  // namespace

int main(int argc, char** argv) try {
  crunc::RuncOptions options;
  if (argc > 1) options.command = argv[1];
  if (argc > 2) options.root = argv[2];
  std::vector<Row> rows;
  for (const crunc::Container& each : crunc::Runc(options).list().value()) rows.push_back({each, open(each)});
  for (Row& row : rows) row.before = take(row.reader);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (Row& row : rows) row.now = take(row.reader);

  print({"ID", "STATUS", "CPU %", "MEMORY MiB", "LIMIT MiB", "PROCESSES", "OOM KILLS"});
  for (const Row& row : rows) print(row);
  return 0;
} catch (const std::exception& exception) {
  std::cerr << "stats_all: " << exception.what() << '\n';
  return 1;
}
