// SPDX-License-Identifier: Apache-2.0
// Many exits at once, beside neighbours of each kind: every status is right or honestly lost, and none is made up.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/requirements.hpp"
#include "support/shell.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::shell;
namespace asio = boost::asio;

namespace {

constexpr int threads = 4;
constexpr int children_of_each = 500;

struct Count {
  std::atomic<int> right{0};
  std::atomic<int> lost{0};
  std::atomic<int> wrong{0};
};

/// How the child `number` ends.
ExitStatus expected_of(int number) {
  return number % 10 == 9 ? ExitStatus::signaled(SIGKILL) : ExitStatus::exited(number % 256);
}
std::string script_of(int number) { return number % 10 == 9 ? "kill -9 $$" : "exit " + std::to_string(number % 256); }

void judge(const Result<Finished>& finished, const ExitStatus& expected, Count& count) {
  if (finished ? finished->status == expected : finished.error().exit == expected) {
    ++count.right;
  } else if (finished.has_error() && finished.error().code == Errc::status_lost) {
    ++count.lost;
  } else {
    ++count.wrong;
  }
}

/// 2,000 short children from 4 threads.
void run_children(const Runc& runc, Count& count) {
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < children_of_each; ++i) {
        const int number = t * children_of_each + i;
        judge(runc.raw({"-c", script_of(number)}, {.io = Io{}, .timeout = 1min}), expected_of(number), count);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

constexpr int all = threads * children_of_each;

bool kernel_keeps_statuses() { return test::kernel_is_at_least(6, 15); }

}  // namespace

TEST_CASE("2000 children from 4 threads all give their status") {
  Count count;
  run_children(shell(), count);
  CHECK(count.right == all);
}

TEST_CASE("2000 children beside a thief give their status or are lost and never a wrong one") {
  Count count;
  {
    const test::Thief thief;
    run_children(shell(), count);
    std::printf("the thief took %d of %d, %d were lost\n", thief.stolen(), all, count.lost.load());
  }
  CHECK(count.wrong == 0);
  CHECK(count.right + count.lost == all);
  if (kernel_keeps_statuses()) CHECK(count.lost == 0);
}

TEST_CASE("2000 children beside a loop on waitpid that feeds the monitor all give their status") {
  const auto monitor = std::make_shared<HostFedMonitor>();
  std::atomic<bool> stop{false};
  std::thread loop([&] {
    while (!stop) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid > 0) {
        monitor->notify(pid, status);
      } else {
        std::this_thread::yield();
      }
    }
  });
  Count count;
  run_children(shell(monitor), count);
  stop = true;
  loop.join();
  CHECK(count.right == all);
}

TEST_CASE("a subreaper gives every status of 2000 children and 300 orphans and tells nobody's to its callback") {
  std::atomic<int> unknown{0};
  const auto monitor =
      SubreaperMonitor::start({.on_unknown_exit = [&](pid_t, const ExitStatus&) { ++unknown; }}).value();
  constexpr int orphans = 300;
  std::atomic<int> right{0};
  std::thread orphanage([&] {
    for (int i = 0; i < orphans; ++i) {
      const std::string script = "sh -c 'exit " + std::to_string(i % 256) + "' >&- 2>&- & exec echo $!";
      const auto printed = shell(monitor).raw({"-c", script}, {.io = Io::capture()});
      const auto process = monitor->watch(std::stoi(printed.value().output.out));
      const auto status = process ? (*process)->wait({.timeout = 1min}) : Result<ExitStatus>(process.error());
      if (status && *status == ExitStatus::exited(i % 256)) {
        ++right;
      } else {
        std::printf("orphan %d: %s\n", i, status ? status->to_string().c_str() : status.error().message().c_str());
      }
    }
  });
  Count count;
  run_children(shell(monitor), count);
  orphanage.join();
  CHECK(count.right == all);
  CHECK(right == orphans);
  CHECK(unknown <= orphans);
}

TEST_CASE("the host's own children are untouched by 2000 of ours") {
  std::atomic<int> own_right{0};
  constexpr int own = 300;
  std::thread host([&] {
    for (int i = 0; i < own; ++i) {
      const pid_t pid = ::fork();
      if (pid == 0) ::_exit(i % 256);
      int status = 0;
      if (::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == i % 256) ++own_right;
    }
  });
  Count count;
  run_children(shell(), count);
  host.join();
  CHECK(count.right == all);
  CHECK(own_right == own);
}

namespace {

/// Raises the soft limit of descriptors to the hard one for a test.
class MostDescriptors {
 public:
  MostDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit most{before_.rlim_max, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &most);
  }
  ~MostDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  MostDescriptors(const MostDescriptors&) = delete;
  MostDescriptors& operator=(const MostDescriptors&) = delete;
  [[nodiscard]] rlim_t limit() const noexcept { return before_.rlim_max; }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("10000 children at once that one thread waits for all give their status") {
  const MostDescriptors descriptors;
  constexpr rlim_t spare = 200;
  const int count = static_cast<int>(std::min<rlim_t>(10'000, descriptors.limit() - spare));
  StreamPipe gate = StreamPipe::to_container().value();
  const Runc runc = shell();
  asio::io_context context(1);
  std::vector<std::optional<Result<Finished>>> results(static_cast<std::size_t>(count));
  int started = 0;
  for (int i = 0; i < count; ++i) {
    RawOptions options{.io = {.in = Stream::descriptor(gate.stream().fd())}};
    options.on_spawned = [&](const RuntimeProcess&) {
      if (++started == count) gate.close();  // all at once
    };
    runc.async_raw({"-c", "read x; " + script_of(i)}, options,
                   asio::bind_executor(context, [&results, i](Result<Finished> finished) {
                     results[static_cast<std::size_t>(i)] = std::move(finished);
                   }));
  }

  context.run();

  gate.stream().close_handed_over();
  std::printf("%d children at once\n", count);
  Count counted;
  for (int i = 0; i < count; ++i) {
    const auto& result = results[static_cast<std::size_t>(i)];
    REQUIRE(result.has_value());
    judge(*result, expected_of(i), counted);
  }
  CHECK(counted.right == count);
}
