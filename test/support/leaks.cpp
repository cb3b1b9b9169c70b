// SPDX-License-Identifier: Apache-2.0
//
// Reads /proc/self/fd and /proc/self/task/*/children.
#include "leaks.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace crunc::test {
namespace {

namespace fs = std::filesystem;

std::map<int, std::string> read_descriptors() {
  std::map<int, std::string> descriptors;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(::dirfd(directory.get()), entry->d_name, target.data(), target.size());
    if (size < 0) continue;
    const int fd = std::stoi(entry->d_name);
    if (fd == ::dirfd(directory.get())) continue;
    descriptors.emplace(fd, std::string(target.data(), static_cast<std::size_t>(size)));
  }
  return descriptors;
}

/// "zombie `name`", or "`name` in state S".
std::string describe(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const auto open = stat.find('(');
  // The name may hold anything, a closing parenthesis too.
  const auto close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= stat.size()) return "just gone";
  const std::string name = '`' + stat.substr(open + 1, close - open - 1) + '`';
  const char state = stat[close + 2];
  return state == 'Z' ? "zombie " + name : name + " in state " + state;
}

std::map<pid_t, std::string> read_children() {
  std::map<pid_t, std::string> children;
  std::error_code error;
  for (fs::directory_iterator task("/proc/self/task", error); task != fs::directory_iterator{}; task.increment(error)) {
    std::ifstream file(task->path() / "children");
    for (pid_t pid = 0; file >> pid;) children.emplace(pid, describe(pid));
  }
  return children;
}

}  // namespace

ProcessSnapshot ProcessSnapshot::take() { return {read_descriptors(), read_children()}; }

std::string difference(const ProcessSnapshot& before, const ProcessSnapshot& after) {
  std::string text;
  for (const auto& [fd, target] : after.descriptors) {
    const auto old = before.descriptors.find(fd);
    if (old == before.descriptors.end()) {
      text += "descriptor " + std::to_string(fd) + " left open: " + target + '\n';
    } else if (old->second != target) {
      text += "descriptor " + std::to_string(fd) + " changed from " + old->second + " to " + target + '\n';
    }
  }
  for (const auto& [fd, target] : before.descriptors) {
    if (!after.descriptors.contains(fd)) {
      text += "descriptor " + std::to_string(fd) + " lost: " + target + '\n';
    }
  }
  for (const auto& [pid, what] : after.children) {
    if (!before.children.contains(pid)) text += "child " + std::to_string(pid) + " left: " + what + '\n';
  }
  return text;
}

[[gnu::weak]] void expect_descriptors_of_system_executor() {}

}  // namespace crunc::test
