// SPDX-License-Identifier: Apache-2.0
// Reading of /proc.

#include "view/process.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace crunc::cli {
namespace {

namespace fs = std::filesystem;

std::string proc_path(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::string read_proc(pid_t pid, const char* file) {
  std::ifstream stream(proc_path(pid, file));
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path pid_namespace(const std::string& process) {
  std::error_code gone;
  return fs::read_symlink("/proc/" + process + "/ns/pid", gone);
}

std::vector<pid_t> processes_of_namespace(const Running& container) {
  const fs::path wanted = pid_namespace(std::to_string(container.pid));
  if (wanted.empty() || wanted == pid_namespace("self")) return {container.pid};
  std::vector<pid_t> pids;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && stop == name.data() + name.size() && pid_namespace(name) == wanted) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

std::optional<ProcessUsage> read_process(pid_t pid) {
  const auto at = std::chrono::steady_clock::now();
  auto process = parse_process(read_proc(pid, "stat"), ::sysconf(_SC_CLK_TCK), ::sysconf(_SC_PAGESIZE));
  if (process) process->at = at;
  return process;
}

std::string read_command(const ProcessUsage& process) {
  return command_text(read_proc(process.pid, "cmdline"), process.name);
}

std::optional<uid_t> read_user(pid_t pid) {
  const std::string status = read_proc(pid, "status");
  // "Uid:\treal\teffective\t..."
  std::size_t at = status.find("\nUid:\t");
  if (at != std::string::npos) at = status.find('\t', at + 6);
  if (at == std::string::npos) return std::nullopt;
  uid_t uid = 0;
  const auto error = std::from_chars(status.data() + at + 1, status.data() + status.size(), uid).ec;
  return error == std::errc{} ? std::optional(uid) : std::nullopt;
}

std::vector<pid_t> processes_of(const Running& container) {
  if (!container.cgroup) return processes_of_namespace(container);
  auto pids = container.cgroup->processes(cgroups::Recursion::descendants);
  return pids ? std::move(*pids) : std::vector<pid_t>{};
}

}  // namespace crunc::cli
