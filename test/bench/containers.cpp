// SPDX-License-Identifier: Apache-2.0
// What tidies up is a process in a session of its own, which does so when a pipe to this one has lost its writer: also
// after SIGKILL, as of timeout(1), which strikes whole process groups.
#include "containers.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

#include "bundle/bundle.hpp"
#include "report.hpp"

namespace crunc::bench {
namespace {

namespace fs = std::filesystem;

/// Of many containers most of the time is spent in waiting for their ends, so several are deleted at once.
constexpr const char* sweep = R"(read -r _
ls "$2" | xargs -r -n 1 -P 8 "$1" --root "$2" delete --force
rm -rf "$3")";

std::string find_runtime() {
  for (const char* const directory : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    fs::path candidate = fs::path(directory) / "runc";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace

std::optional<std::string> Containers::obstacle() {
  if (::geteuid() != 0) return "needs root";
  if (find_runtime().empty()) return "there is no runc";
  return std::nullopt;
}

std::string Containers::unique_id() { return "crunc-bench-" + std::to_string(::getpid()); }

Containers::Containers() : runtime_(find_runtime()) {
  std::string place = fs::temp_directory_path() / "crunc-bench-XXXXXX";
  need(::mkdtemp(place.data()) != nullptr, "cannot make " + place);
  directory_ = place;
  start_sweeper();
  fixtures::make_bundle(bundle(), {.memory_limit_bytes = 64 << 20, .pids_limit = 64});
  fs::create_directory(root());
}

Containers::~Containers() {
  ::close(alive_);
  ::waitpid(sweeper_, nullptr, 0);
}

void Containers::start_sweeper() {
  int fds[2];
  need(::pipe2(fds, O_CLOEXEC) == 0, "cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const std::string state = root();
  const char* const argv[] = {"sh", "-c", sweep, "sh", runtime_.c_str(), state.c_str(), directory_.c_str(), nullptr};
  const int error = ::posix_spawn(&sweeper_, "/bin/sh", &actions, &attributes, const_cast<char* const*>(argv), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(fds[0]);
  alive_ = fds[1];
  need(error == 0, "cannot start a shell");
}

}  // namespace crunc::bench
