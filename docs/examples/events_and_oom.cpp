// SPDX-License-Identifier: Apache-2.0
// What happens to a container, as it happens: events_and_oom BUNDLE [RUNTIME]. Runs the bundle's process, prints
// samples of what it uses, tells when the kernel kills for want of memory, and how the process ended. Needs root.
//
// Samples come from the runtime's `events`, or from the cgroup itself where the runtime has no such verb (crun). Kills
// are told by Task, natively: each once, and before the exit that it caused.

#include <unistd.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using namespace std::chrono_literals;

constexpr auto interval = 100ms;

/// Called on the executor that all else runs on, so no lock is needed.
void tell(const crunc::TaskEvent& event) {
  std::cout << to_string(event.kind);
  if (event.oom_kills > 0) std::cout << ": " << event.oom_kills << " killed for want of memory";
  if (event.status) std::cout << ": " << *event.status;
  if (event.error) std::cout << ": " << *event.error;
  std::cout << std::endl;
}

/// What is absent is unknown, and not zero.
void show(const crunc::Stats& stats) {
  std::cout << "sample:";
  if (stats.memory && stats.memory->usage && stats.memory->usage->usage_bytes) {
    std::cout << " memory " << *stats.memory->usage->usage_bytes / 1024 << " KiB";
  }
  if (stats.pids && stats.pids->current) std::cout << " processes " << *stats.pids->current;
  std::cout << std::endl;
}

/// Samples until the process has ended, by the runtime. The Error says why there were none.
asio::awaitable<std::optional<crunc::Error>> follow_runtime(const crunc::Runc& runc, std::string id) {
  const crunc::EventsOptions options{.interval = interval, .until_exit = true};
  auto stream = co_await runc.async_events(id, options, use_awaitable);
  if (!stream) co_return stream.error();
  for (;;) {
    const auto next = co_await stream->async_next(use_awaitable);
    if (!next) {
      std::cerr << next.error() << '\n';  // a line that cannot be read; or the last, which tells why it ended
    } else if (!*next) {
      co_return std::nullopt;
    } else if ((*next)->stats) {  // an `oom` is not looked at: runc on cgroup v2 tells one kill several times
      show(*(*next)->stats);
    }
  }
}

/// The same from the files of the cgroup.
asio::awaitable<void> follow_cgroup(const crunc::Task& task) {
  crunc::WaitOptions one_interval;
  one_interval.timeout = interval;
  while ((co_await task.async_wait(one_interval, use_awaitable)).has_error()) {
    const auto sample = task.stats();
    if (!sample) {
      std::cout << "no samples: " << sample.error() << std::endl;
      co_return;
    }
    show(sample->stats);
  }
}

asio::awaitable<void> live(const crunc::Runc& runc, std::string id, std::string bundle) {
  crunc::TaskOptions options;
  options.on_event = tell;
  const auto task = (co_await crunc::Task::async_create(runc, id, bundle, options, use_awaitable)).value();
  (co_await task.async_start({}, use_awaitable)).value();
  const auto without = co_await follow_runtime(runc, id);
  if (without && without->code == crunc::Errc::unsupported) co_await follow_cgroup(task);
  (co_await task.async_wait({}, use_awaitable)).value();  // when this returns, `exited` has been told
  (co_await task.async_remove({}, use_awaitable)).value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: events_and_oom BUNDLE [RUNTIME]\n";
    return 2;
  }
  const std::string id = "crunc-events-" + std::to_string(::getpid());
  try {
    asio::io_context io(1);
    // As children of this process, containers tell it how they end on any kernel.
    const crunc::Runc runc({.command = argc > 2 ? argv[2] : "runc",
                            .monitor = crunc::SubreaperMonitor::start().value(),
                            .executor = io.get_executor()});
    co_spawn(io, live(runc, id, argv[1]), [](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
    });
    io.run();
  } catch (const std::exception& exception) {
    std::cerr << "events_and_oom: " << exception.what() << '\n';
    static_cast<void>(crunc::Runc({.command = argc > 2 ? argv[2] : "runc"}).remove(id, {.force = true}));
    return 1;
  }
  return 0;
}
