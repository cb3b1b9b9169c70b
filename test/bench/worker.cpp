// SPDX-License-Identifier: Apache-2.0
// The processes, and the two pipes to each.
#include "worker.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

#include "report.hpp"

namespace crunc::bench {
namespace {

struct Pipe {
  int reader = -1;
  int writer = -1;
  Pipe() {
    int fds[2];
    need(::pipe2(fds, O_CLOEXEC) == 0, "cannot make a pipe");
    reader = fds[0];
    writer = fds[1];
  }
};

/// Of stdin and stdout alone: an end of another worker's pipe that stayed open here would keep that one from ending.
[[noreturn]] void serve(const std::function<Measure()>& prepare, int ask, int answer) {
  int status = 1;
  try {
    ::dup2(ask, STDIN_FILENO);
    const int out = ::dup2(answer, 3);
    ::close_range(4, ~0U, 0);
    const Measure measure = prepare();
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) == 1) {
      const double result = measure();
      if (::write(out, &result, sizeof result) != sizeof result) break;
    }
    status = 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "in a process that measures: %s\n", failure.what());
  }
  ::_exit(status);
}

}  // namespace

Worker::Worker(const std::function<Measure()>& prepare) {
  const Pipe to;
  const Pipe from;
  pid_ = ::fork();
  if (pid_ == 0) serve(prepare, to.reader, from.writer);
  ::close(to.reader);
  ::close(from.writer);
  ask_ = to.writer;
  answer_ = from.reader;
  need(pid_ > 0, "cannot fork");
}

Worker::Worker(const std::vector<std::string>& argv) {
  const Pipe to;
  const Pipe from;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.reader, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from.writer, STDOUT_FILENO);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(to.reader);
  ::close(from.writer);
  ask_ = to.writer;
  answer_ = from.reader;
  need(error == 0, "cannot start " + argv[0]);
}

Worker::Worker(Worker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      ask_(std::exchange(other.ask_, -1)),
      answer_(std::exchange(other.answer_, -1)) {}

Worker::~Worker() {
  if (ask_ >= 0) ::close(ask_);
  if (answer_ >= 0) ::close(answer_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

double Worker::measure() const {
  double result = 0;
  const bool answered = ::write(ask_, "x", 1) == 1 && ::read(answer_, &result, sizeof result) == sizeof result;
  need(answered, "a process that measures has ended");
  return result;
}

}  // namespace crunc::bench
