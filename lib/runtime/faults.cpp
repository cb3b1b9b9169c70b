// SPDX-License-Identifier: Apache-2.0
// Checks that spare the caller a runtime's error, or a call that does something else than was meant.

#include "runtime/faults.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "sys/calls.hpp"

namespace crunc::runtime {
namespace {

constexpr std::size_t most_fds = 512;

bool has_limits(const UpdateOptions& options) {
  return options.blkio_weight || options.cpu_period || options.cpu_quota || options.cpu_burst || options.cpu_shares ||
         options.cpu_rt_period || options.cpu_rt_runtime || options.cpu_idle || !options.cpuset_cpus.empty() ||
         !options.cpuset_mems.empty() || options.memory_bytes || options.memory_reservation_bytes ||
         options.memory_swap_bytes || options.kernel_memory_bytes || options.kernel_memory_tcp_bytes ||
         options.pids_limit;
}

/// What describes a process, and so is ignored by runtimes that are given one as a document.
bool describes_process(const ExecOptions& options) {
  return options.tty || !options.cwd.empty() || !options.environment.empty() || !options.user.empty() ||
         !options.additional_gids.empty() || !options.process_label.empty() || !options.apparmor.empty() ||
         options.no_new_privs || !options.capabilities.empty();
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return sys::calls().stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

std::optional<std::string> fault_of(const UpdateOptions& options, bool has_document) {
  if (has_document && !options.resources.empty()) return "resources are given twice";
  if ((has_document || !options.resources.empty()) && has_limits(options)) {
    return "limits are given as flags and as resources: runtimes ignore the flags then";
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const ExecOptions& options, bool has_document, bool has_command) {
  if (has_document && !options.process.empty()) return "the process is given twice";
  const bool is_described = has_document || !options.process.empty();
  if (is_described && describes_process(options)) {
    return "the process is given as flags and as a document: runtimes ignore the flags then";
  }
  if (is_described && has_command) return "the process is given as a command and as a document";
  return std::nullopt;
}

std::optional<std::string> fault_of(const EventsOptions& options) {
  if (options.interval <= std::chrono::nanoseconds::zero()) return "interval must be above zero";
  if (options.queue_limit == 0) return "queue_limit must be 1 or more";
  return std::nullopt;
}

std::optional<std::string> fault_of(const CheckpointOptions& options, const BaseDirectory& base) {
  if (options.on_ready && !options.lazy_pages) return "on_ready is for lazy_pages";
  if (options.pre_dump && options.lazy_pages) return "pre_dump and lazy_pages exclude each other";
  if (options.parent_path.empty()) return std::nullopt;
  const std::filesystem::path& parent = options.parent_path;
  if (parent.is_absolute()) return "parent_path must be relative to image_path: " + parent.string();
  if (options.image_path.empty()) return "parent_path needs an image_path that it is relative to";
  // Lexically, for image_path itself may be made only now; ".." of a link is the caller's to get right.
  const std::string there = (std::filesystem::path(resolve(options.image_path, base)) / parent).lexically_normal();
  if (!is_directory(there)) return "parent_path is no directory: " + there;
  return std::nullopt;
}

std::optional<std::string> fault_of_fds(int preserve_fds, const std::vector<int>& extra_fds) {
  if (preserve_fds < 0 || preserve_fds > static_cast<int>(most_fds)) {
    return "preserve_fds must be 0 to " + std::to_string(most_fds);
  }
  if (extra_fds.empty()) return std::nullopt;
  if (preserve_fds != 0) return "preserve_fds and extra_fds exclude each other";
  if (extra_fds.size() > most_fds) return "extra_fds must be at most " + std::to_string(most_fds);
  if (std::ranges::any_of(extra_fds, [](int fd) { return fd < 0; })) return "extra_fds has one that is no descriptor";
  return std::nullopt;
}

}  // namespace crunc::runtime
