// SPDX-License-Identifier: Apache-2.0
// What processes have open, and may have. @source cri-o internal/config/cgmgr/stats_linux.go

#include "cgroups/pods/process_stats.hpp"

#include <array>
#include <filesystem>
#include <string>

#include "cgroups/parse.hpp"
#include "core/text.hpp"
#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::cgroups::pods {
namespace {

bool is_socket(const std::string& link) {
  constexpr std::string_view mark = "socket:";
  std::array<char, mark.size()> target{};
  const ssize_t size = sys::calls().readlink(link.c_str(), target.data(), target.size());
  return size == static_cast<ssize_t>(mark.size()) && std::string_view(target.data(), target.size()) == mark;
}

void add_descriptors(const std::string& directory, crio::ProcessStats& stats) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    ++stats.file_descriptors;
    if (is_socket(it->path().string())) ++stats.sockets;
  }
}

}  // namespace

std::optional<std::uint64_t> open_files_limit(std::string_view limits) {
  constexpr std::string_view name = "Max open files";
  for (std::string_view line : core::split_lines(limits)) {
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    return parse_count(take_word(line));
  }
  return std::nullopt;
}

crio::ProcessStats read_process_stats(std::vector<pid_t> pids) {
  constexpr std::size_t longest = 16384;
  crio::ProcessStats stats{.pids = std::move(pids)};
  for (const pid_t pid : stats.pids) {
    const std::string directory = "/proc/" + std::to_string(pid);
    add_descriptors(directory + "/fd", stats);
    const auto limits = sys::read_file((directory + "/limits").c_str(), longest);
    if (!limits) continue;
    if (const auto limit = open_files_limit(*limits)) stats.ulimits_soft = *limit;
  }
  return stats;
}

}  // namespace crunc::cgroups::pods
