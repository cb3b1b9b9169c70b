// SPDX-License-Identifier: Apache-2.0
// What a blocking call costs: state() on the fake runtime over raw posix_spawn + drain + wait of the same program, from
// a small process and from one with much memory resident. Pairs in turn, medians, ratios.

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <crunc/crunc.hpp>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr const char* state_document =
    R"({\"ociVersion\":\"1.0.2\",\"id\":\"web\",\"pid\":42,\"status\":\"running\",\"bundle\":\"/bundles/web\",)"
    R"(\"rootfs\":\"/bundles/web/rootfs\",\"created\":\"2026-11-22T07:45:51.795330362Z\",\"owner\":\"\"})";

/// What one would write by hand: three streams, both outputs drained, the child waited for.
std::size_t raw_call(const std::string& program) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words{program, "state", "web"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  if (::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ) != 0) std::abort();
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(out[1]);
  ::close(err[1]);
  std::string text;
  char buffer[4096];
  pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  for (int open = 2; open > 0;) {
    ::poll(fds, 2, -1);
    for (pollfd& each : fds) {
      if (each.fd < 0 || each.revents == 0) continue;
      const ssize_t got = ::read(each.fd, buffer, sizeof buffer);
      if (got > 0) {
        text.append(buffer, static_cast<std::size_t>(got));
      } else {
        ::close(each.fd);
        each.fd = -1;
        --open;
      }
    }
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return text.size();
}

double microseconds(auto&& action) {
  const auto begin = Clock::now();
  action();
  return Microseconds(Clock::now() - begin).count();
}

struct Pair {
  double ours;
  double raw;
  double ratio;  ///< median of the pairs' ratios
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

Pair measure(const crunc::Runc& runc, const std::string& program, int count) {
  std::vector<double> ours;
  std::vector<double> raw;
  std::vector<double> ratio;
  const auto call = [&] {
    if (!runc.state("web")) std::abort();
  };
  const auto by_hand = [&] {
    if (raw_call(program) == 0) std::abort();
  };
  for (int i = 0; i < count; ++i) {
    // In turn first and second, so that neither always finds the other's caches.
    const bool ours_first = i % 2 == 0;
    const double first = ours_first ? microseconds(call) : microseconds(by_hand);
    const double second = ours_first ? microseconds(by_hand) : microseconds(call);
    ours.push_back(ours_first ? first : second);
    raw.push_back(ours_first ? second : first);
    ratio.push_back(ours.back() / raw.back());
  }
  return {median(ours), median(raw), median(ratio)};
}

/// A process that makes one call for each byte it is sent, and answers how long it took.
class Worker {
 public:
  explicit Worker(const crunc::Runc& runc) {
    int to[2];
    int from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) std::abort();
    if (::fork() == 0) {
      ::close(to[1]);
      char byte = 0;
      while (::read(to[0], &byte, 1) == 1) {
        const double took = microseconds([&] { static_cast<void>(runc.state("web")); });
        if (::write(from[1], &took, sizeof took) != sizeof took) break;
      }
      ::_exit(0);
    }
    ::close(to[0]);
    ::close(from[1]);
    ask_ = to[1];
    answer_ = from[0];
  }
  [[nodiscard]] double call() const {
    double took = 0;
    if (::write(ask_, "x", 1) != 1 || ::read(answer_, &took, sizeof took) != sizeof took) std::abort();
    return took;
  }

 private:
  int ask_;
  int answer_;
};

/// The same call from a small process and from this one, which fills its memory first, in turn.
void compare_memory(const crunc::Runc& runc, std::size_t gibibytes, int count) {
  const Worker small(runc);
  const std::size_t size = gibibytes << 30U;
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  for (std::size_t at = 0; at < size; at += 4096) static_cast<char*>(memory)[at] = 1;
  std::vector<double> ratio;
  for (int i = 0; i < count; ++i) {
    const auto own = [&] { return microseconds([&] { static_cast<void>(runc.state("web")); }); };
    const bool own_first = i % 2 == 0;
    const double first = own_first ? own() : small.call();
    const double second = own_first ? small.call() : own();
    ratio.push_back(own_first ? first / second : second / first);
  }
  std::printf("the same with %zu GiB resident over 10 MiB: %.3f\n", gibibytes, median(ratio));
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 400;
  const std::size_t gibibytes = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 4;
  char directory[] = "/tmp/crunc-bench-XXXXXX";
  if (::mkdtemp(directory) == nullptr) return 1;
  const std::string program = std::string(directory) + "/runc";
  fs::copy_file(CRUNC_FAKE_RUNTIME_PATH, program);
  std::ofstream(program + ".scenario") << "on *\nstdout \"" << state_document << "\"\nexit 0\n";
  const crunc::Runc runc({.command = program});

  static_cast<void>(measure(runc, program, 20));  // warm
  const Pair small = measure(runc, program, count);
  std::printf("state() over posix_spawn+drain+wait:     %.3f   (%.0f us over %.0f us, %d pairs)\n", small.ratio,
              small.ours, small.raw, count);

  if (gibibytes > 0) compare_memory(runc, gibibytes, count);
  fs::remove_all(directory);
  return 0;
}
