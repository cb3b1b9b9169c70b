// SPDX-License-Identifier: Apache-2.0
// Many containers at once on one thread, a coroutine for each: coroutines RUNTIME SECONDS BUNDLE... Runs the process of
// each bundle, none for longer than SECONDS, and prints how each ended and what it wrote. Exit status 1: not all ended
// with success. Needs root.

#include <unistd.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;

struct Job {
  std::string id;
  std::string bundle;
  bool succeeded = false;
  std::string outcome{};
};

/// Runs one job to its end. While it waits here, the others go on.
asio::awaitable<void> run(const crunc::Runc& runc, Job& job, std::chrono::seconds longest) {
  // Options are named before they are used: g++ 12 cannot build every temporary within a co_await expression.
  crunc::RunOptions options;
  options.io = crunc::Io::capture();
  options.timeout = longest;
  const auto finished = co_await runc.async_run(job.id, job.bundle, options, use_awaitable);
  if (finished) {
    job.succeeded = finished->status.success();
    job.outcome = finished->status.to_string() + "\n" + finished->output.out + finished->output.err;
    co_return;
  }
  // `timed_out` is the deadline's: what outlived it was killed, and the container deleted.
  job.outcome = std::string(to_string(finished.error().code)) + "\n" + finished.error().message() + "\n";
}

/// All jobs side by side; returns when the last has ended.
void run_all(const std::string& runtime, std::vector<Job>& jobs, std::chrono::seconds longest) {
  asio::io_context io(1);
  const crunc::Runc runc({.command = runtime, .executor = io.get_executor()});
  for (Job& job : jobs) {
    co_spawn(io, run(runc, job, longest), [](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
    });
  }
  io.run();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::cerr << "usage: coroutines RUNTIME SECONDS BUNDLE...\n";
    return 2;
  }
  const std::chrono::seconds longest(std::stoi(argv[2]));
  std::vector<Job> jobs;
  for (int i = 3; i < argc; ++i) {
    const std::string number = std::to_string(i - 2);
    jobs.push_back({.id = "crunc-job-" + std::to_string(::getpid()) + "-" + number, .bundle = argv[i]});
  }
  run_all(argv[1], jobs, longest);

  bool all_succeeded = true;
  for (const Job& job : jobs) {
    std::cout << "== " << job.bundle << ": " << job.outcome;
    all_succeeded = all_succeeded && job.succeeded;
  }
  return all_succeeded ? 0 : 1;
} catch (const std::exception& exception) {
  std::cerr << "coroutines: " << exception.what() << '\n';
  return 1;
}
