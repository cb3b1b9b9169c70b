// SPDX-License-Identifier: Apache-2.0
// What the command costs: `crunc state` over `runc state` of the same container, and the least that any program in
// between can cost on this machine. Needs root and runc.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "containers.hpp"
#include "report.hpp"
#include "stopwatch.hpp"

namespace {

using namespace crunc::bench;
using Argv = std::vector<std::string>;

const Figure floor_figure = cost("a program that only starts runc state over runc state");

/// Runs a program with its output to nowhere, out of reach of a terminal's Ctrl-C; its exit code.
int run(const Argv& words) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; ++fd) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  int status = 0;
  if (error != 0 || ::waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Measure running(const Argv& words) {
  return [words] { return time_of<std::milli>([&] { need(run(words) == 0, words[0] + " failed"); }); };
}

void compare(Report& report) {
  const Containers containers;
  const std::string root = containers.root();
  const std::string id = Containers::unique_id();
  const Argv create{containers.runtime(), "--root", root, "create", "--bundle", containers.bundle(), id};
  need(run(create) == 0, "cannot create a container");
  const auto state_by = [&](Argv words) {
    for (const std::string& word : {std::string("--root"), root, std::string("state"), id}) words.push_back(word);
    return running(words);
  };
  const auto times = in_turn({state_by({CRUNC_COMMAND_PATH, "--runtime", containers.runtime()}),
                              state_by({containers.runtime()}), state_by({CRUNC_FLOOR_PATH, containers.runtime()})},
                             report.quick() ? 40 : 300);
  report.ratio(bars::command, "ms", times[0], times[1]);
  report.ratio(floor_figure, "ms", times[2], times[1]);
}

}  // namespace

int main(int argc, char** argv) {
  return run_bench("command", argc, argv, [](Report& report) {
    if (const auto obstacle = Containers::obstacle()) {
      report.skip(bars::command, *obstacle);
      report.skip(floor_figure, *obstacle);
      return;
    }
    compare(report);
  });
}
