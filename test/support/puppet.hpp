// SPDX-License-Identifier: Apache-2.0
//
// A shell that waits to be told what to do, for tests that put a process somewhere and see what it may do there.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace crunc::test {

class Puppet {
 public:
  Puppet() {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string words[] = {"sh", "-c", "while read -r line; do eval \"$line\"; done"};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    const int error = ::posix_spawnp(&pid_, "sh", &actions, nullptr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    if (error != 0) throw std::runtime_error("sh");
  }
  ~Puppet() {
    ::close(to_);
    ::close(from_);
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Puppet(const Puppet&) = delete;
  Puppet& operator=(const Puppet&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Have a line of shell done.
  void tell(const std::string& line) const {
    const std::string text = line + "\n";
    if (::write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) throw std::runtime_error("tell");
  }
  /// The line that it prints.
  [[nodiscard]] std::string ask(const std::string& line) const {
    tell(line);
    std::string answer;
    for (char byte = 0; ::read(from_, &byte, 1) == 1 && byte != '\n';) answer += byte;
    return answer;
  }
  /// What waitpid(2) says of its end.
  int end_status() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace crunc::test
