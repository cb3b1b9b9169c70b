// SPDX-License-Identifier: Apache-2.0
//
// posix_spawn, a poll loop over the three pipes and the pidfd, and one last read of what is left in the
// pipes.
#include "run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace crunc::test {
namespace {

using Clock = std::chrono::steady_clock;

void check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

struct Pipe {
  Fd read_end;
  Fd write_end;

  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) check(errno, "pipe2");
    read_end = Fd(fds[0]);
    write_end = Fd(fds[1]);
  }
};

/// While one lives, writing to a pipe without a reader fails instead of raising SIGPIPE in this thread.
class NoSigpipe {
 public:
  NoSigpipe() {
    ::sigemptyset(&pipe_only_);
    ::sigaddset(&pipe_only_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_only_, &saved_);
  }
  ~NoSigpipe() {
    const timespec now{};
    if (::sigismember(&saved_, SIGPIPE) == 0) ::sigtimedwait(&pipe_only_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &saved_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_only_{};
  sigset_t saved_{};
};

class Spawner {
 public:
  Spawner() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    ::sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Spawner() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  void redirect(int from, int to) { check(::posix_spawn_file_actions_adddup2(&actions_, from, to), "dup2"); }

  void change_directory(const std::filesystem::path& path) {
    if (!path.empty()) check(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()), "chdir");
  }

  pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& env) {
    std::vector<char*> words = pointers(argv);
    std::vector<char*> variables = pointers(env);
    pid_t pid = -1;
    check(::posix_spawnp(&pid, words[0], &actions_, &attributes_, words.data(), variables.data()), argv.at(0));
    return pid;
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    // posix_spawn takes char* for history's sake and writes to none of them.
    for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// The environment of the program: `options.env`, then those of ours that it does not name.
std::vector<std::string> environment(const ProgramOptions& options) {
  std::vector<std::string> result = options.env;
  for (char** ours = environ; options.inherit_env && *ours != nullptr; ++ours) {
    const std::string_view variable = *ours;
    const std::string_view key = variable.substr(0, variable.find('=') + 1);
    const auto names_it = [&](const std::string& other) { return other.starts_with(key); };
    if (std::none_of(options.env.begin(), options.env.end(), names_it)) result.emplace_back(variable);
  }
  return result;
}

void set_nonblocking(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

/// Take what the pipe holds; closes it at its end.
void drain(Fd& fd, std::string& text) {
  std::array<char, 65536> piece{};
  while (fd.get() >= 0) {
    const ssize_t count = ::read(fd.get(), piece.data(), piece.size());
    if (count > 0) {
      text.append(piece.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      fd.reset();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

/// Give what the pipe takes; closes it when all is given or nobody reads.
void feed(Fd& fd, std::string_view& bytes) {
  while (fd.get() >= 0 && !bytes.empty()) {
    const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      break;
    }
  }
  fd.reset();
}

struct Channels {
  Fd in;
  Fd out;
  Fd err;
};

/// Pump the pipes until the process ends. False when the deadline comes first.
bool pump(int pidfd, Channels& channels, std::string_view input, ProgramResult& result, Clock::time_point deadline) {
  for (;;) {
    feed(channels.in, input);
    std::array<pollfd, 4> wanted{{{pidfd, POLLIN, 0},
                                  {channels.in.get(), POLLOUT, 0},
                                  {channels.out.get(), POLLIN, 0},
                                  {channels.err.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    if (::poll(wanted.data(), wanted.size(), static_cast<int>(left)) < 0 && errno != EINTR) check(errno, "poll");
    drain(channels.out, result.out);
    drain(channels.err, result.err);
    if (wanted[0].revents != 0) break;
  }
  // The last words may have come between that read and the end of the process.
  drain(channels.out, result.out);
  drain(channels.err, result.err);
  return true;
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) check(errno, "waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
  Pipe in;
  Pipe out;
  Pipe err;
  Spawner spawner;
  spawner.redirect(in.read_end.get(), STDIN_FILENO);
  spawner.redirect(out.write_end.get(), STDOUT_FILENO);
  spawner.redirect(err.write_end.get(), STDERR_FILENO);
  spawner.change_directory(options.cwd);
  const auto deadline = Clock::now() + options.timeout;
  const pid_t pid = spawner.spawn(argv, environment(options));
  // glibc 2.36 declares pidfd_open() without C linkage.
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  in.read_end.reset();
  out.write_end.reset();
  err.write_end.reset();

  Channels channels{std::move(in.write_end), std::move(out.read_end), std::move(err.read_end)};
  for (const Fd* fd : {&channels.in, &channels.out, &channels.err}) set_nonblocking(*fd);
  const NoSigpipe no_sigpipe;
  ProgramResult result;
  const bool ended = pidfd.get() >= 0 && pump(pidfd.get(), channels, options.stdin_bytes, result, deadline);
  if (!ended) ::kill(pid, SIGKILL);
  result.status = reap(pid);
  if (!ended) throw std::runtime_error(argv[0] + " did not end in time; stderr: " + result.err);
  return result;
}

}  // namespace crunc::test
