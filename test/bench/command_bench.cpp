// SPDX-License-Identifier: Apache-2.0
// What the command costs: `crunc state` over `runc state` of the same container, and the least that any program in
// between can cost on this machine. In turn, medians, ratios. Needs root and runc.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bundle/bundle.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Argv = std::vector<std::string>;

constexpr int skipped = 77;

/// Runs a program with its output to nowhere; its exit code.
int run(const Argv& words) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; ++fd) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || ::waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

double milliseconds(const Argv& words) {
  const auto begin = Clock::now();
  if (run(words) != 0) std::abort();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// The value that `part` of all are below.
double quantile(std::vector<double> values, double part) {
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

void print_ratio(const char* what, const std::vector<double>& ratios) {
  std::printf("%-44s %.3f   (quartiles %.3f to %.3f)\n", what, quantile(ratios, 0.5), quantile(ratios, 0.25),
              quantile(ratios, 0.75));
}

/// Runs the three in turn, each time beginning with another, so that none always finds the others' caches.
void compare(const std::array<Argv, 3>& commands, int count) {
  std::array<std::vector<double>, 3> times;
  for (int i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < commands.size(); ++j) {
      const std::size_t which = (static_cast<std::size_t>(i) + j) % commands.size();
      times[which].push_back(milliseconds(commands[which]));
    }
  }
  std::array<std::vector<double>, 2> ratios;
  for (std::size_t i = 0; i < times[0].size(); ++i) {
    ratios[0].push_back(times[1][i] / times[0][i]);
    ratios[1].push_back(times[2][i] / times[0][i]);
  }
  print_ratio("crunc state over runc state:", ratios[0]);
  print_ratio("a program that does nothing else over it:", ratios[1]);
  std::printf("medians: runc %.2f ms, crunc %.2f ms, nothing else %.2f ms, %d rounds\n", quantile(times[0], 0.5),
              quantile(times[1], 0.5), quantile(times[2], 0.5), count);
}

std::string find_runc() {
  for (const char* const directory : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    const fs::path candidate = fs::path(directory) / "runc";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 300;
  const std::string runc = find_runc();
  if (::geteuid() != 0 || runc.empty()) {
    std::puts("skipped: needs root and runc");
    return skipped;
  }
  char directory[] = "/tmp/crunc-bench-XXXXXX";
  if (::mkdtemp(directory) == nullptr) return 1;
  const fs::path place = directory;
  crunc::fixtures::make_bundle(place / "bundle");
  const std::string root = place / "root";
  const std::string id = "bench" + std::to_string(::getpid());
  if (run({runc, "--root", root, "create", "--bundle", place / "bundle", id}) != 0) return 1;

  const Argv state{"--root", root, "state", id};
  const auto behind = [&state](Argv words) {
    words.insert(words.end(), state.begin(), state.end());
    return words;
  };
  const std::array commands{behind({runc}), behind({CRUNC_COMMAND_PATH, "--runtime", runc}),
                            behind({CRUNC_FLOOR_PATH, runc})};
  for (const Argv& command : commands) run(command);  // warm
  compare(commands, count);

  run({runc, "--root", root, "delete", "--force", id});
  fs::remove_all(place);
  return 0;
}
