// SPDX-License-Identifier: Apache-2.0
// Sampling of containers.

#include "view/sampler.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "view/process.hpp"

namespace crunc::cli {
namespace {

using cgroups::StatMask;

constexpr StatMask wanted = StatMask::cpu_time | StatMask::memory | StatMask::memory_events | StatMask::pids |
                            StatMask::io | StatMask::pressure;
constexpr std::size_t longest_history = 60;
/// A list costs a process of the runtime's, so that new containers are not looked for more often than this.
constexpr std::chrono::seconds between_lists{1};

}  // namespace

Watched::Watched(const Runc& runc, Running running) : runc_(&runc), running_(std::move(running)) {
  if (!running_.cgroup) return;
  if (auto reader = cgroups::StatReader::open(cgroups::directories_of(running_.cgroup), wanted))
    reader_.emplace(std::move(*reader));
}

bool Watched::sample() {
  if (running_.has_ended()) return false;
  std::optional<Usage> now = read_cgroup();
  if (!now) now = ask_runtime();
  const bool has_before = usage_.at != Usage{}.at;
  if (!now) now = count_processes();
  rates_ = has_before ? cli::rates(usage_, *now) : Rates{};
  usage_ = *now;
  history_.push_back(rates_.cpu_percent);
  if (history_.size() > longest_history) history_.pop_front();
  return !running_.has_ended();  // the cgroup of one that ended meanwhile has nothing to say
}

std::optional<Usage> Watched::read_cgroup() {
  if (!running_.cgroup) return std::nullopt;
  const auto at = std::chrono::steady_clock::now();
  if (reader_) {
    if (!reader_->read(sample_)) return std::nullopt;
  } else if (auto sample = cgroups::read_stats(cgroups::directories_of(running_.cgroup), wanted)) {
    sample_ = std::move(*sample);  // not all files could be kept open
  } else {
    return std::nullopt;
  }
  return usage_of(sample_.stats, sample_.details, at);
}

std::optional<Usage> Watched::ask_runtime() {
  if (runtime_cannot_) return std::nullopt;
  const auto at = std::chrono::steady_clock::now();
  const Result<Stats> stats = runc_->stats(running_.id);
  if (stats) return usage_of(*stats, {}, at);
  runtime_cannot_ = stats.error().code == Errc::unsupported;
  return std::nullopt;
}

Usage Watched::count_processes() const {
  Usage usage{.at = std::chrono::steady_clock::now(), .cpu_nanoseconds = 0, .memory_bytes = 0, .pids = 0};
  for (const pid_t pid : processes_of(running_)) {
    const auto process = read_process(pid);
    if (!process) continue;
    *usage.cpu_nanoseconds += static_cast<std::uint64_t>(process->cpu_time.count());
    *usage.memory_bytes += process->rss_bytes;
    ++*usage.pids;
  }
  return usage;
}

Sampler::Sampler(const Runc& runc, const std::vector<std::string>& ids, const Deadline& deadline)
    : runc_(runc), finder_(runc), all_(ids.empty()) {
  raise_file_limit();
  for (const std::string& id : ids) {
    const bool twice = std::ranges::any_of(containers_, [&](const Watched& each) { return each.id() == id; });
    if (!twice) containers_.emplace_back(runc, finder_.find("stats", id, deadline));
  }
  if (all_) find_new(deadline);
}

void Sampler::find_new(const Deadline& deadline) {
  listed_at_ = std::chrono::steady_clock::now();
  for (const Container& found : finder_.list("stats", deadline)) {
    const bool known = std::ranges::any_of(
        containers_, [&](const Watched& each) { return each.id() == found.id && each.pid() == found.pid; });
    if (!known) containers_.emplace_back(runc_, finder_.open(found.id, found.pid));
  }
}

bool Sampler::sample(const Deadline& deadline) {
  if (all_ && std::chrono::steady_clock::now() - listed_at_ >= between_lists) {
    try {
      find_new(deadline);
    } catch (const std::runtime_error&) {
      // Those that are known go on; the next list may succeed.
    }
  }
  sampled_at_ = std::chrono::system_clock::now();
  std::erase_if(containers_, [](Watched& each) { return !each.sample(); });
  return all_ || !containers_.empty();
}

}  // namespace crunc::cli
