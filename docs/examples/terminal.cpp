// SPDX-License-Identifier: Apache-2.0
// A container at this terminal, to type into: terminal BUNDLE [RUNTIME]. In the bundle's config.json `process.terminal`
// is true, and the process may be a shell. Keys go to it as they are typed, the window's size follows, the terminal is
// as before when it ends, and the exit status is the process' own. Needs root.

#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

namespace {

namespace asio = boost::asio;

/// Deletes a container when it goes, also if something has failed.
struct Deletion {
  const crunc::Runc& runc;
  const std::string& id;
  ~Deletion() {
    if (const auto removed = runc.remove(id, {.force = true}); !removed) std::cerr << removed.error() << '\n';
  }
};

/// The container's terminal gets the size of ours whenever that changes.
asio::awaitable<void> follow_size(asio::signal_set& resized, const crunc::Console& console, int here) {
  for (;;) {
    const auto [error, signo] = co_await resized.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    static_cast<void>(console.resize_from(here));  // a window that is gone has no size
  }
}

/// Copies between the two terminals until the process ends, or somebody wants to end us.
crunc::Result<crunc::Relayed> relay(const crunc::Console& console, const crunc::Process& process, int here) {
  asio::io_context io(1);
  asio::signal_set resized(io, SIGWINCH);
  asio::signal_set ended(io, SIGTERM, SIGHUP);
  console.resize_from(here).value();
  co_spawn(io, follow_size(resized, console, here), asio::detached);
  std::stop_source stop;
  ended.async_wait([&](boost::system::error_code error, int) {
    if (!error) stop.request_stop();
  });
  crunc::Result<crunc::Relayed> relayed = crunc::Relayed{};
  console.async_relay(STDIN_FILENO, STDOUT_FILENO, {.stop = stop.get_token(), .pidfd = process.pidfd()},
                      asio::bind_executor(io, [&](crunc::Result<crunc::Relayed> result) {
                        relayed = std::move(result);
                        resized.cancel();
                        ended.cancel();
                      }));
  io.run();
  return relayed;
}

crunc::ExitStatus live(const std::string& bundle, const std::string& runtime) {
  // The container's process becomes a child of ours, so that its exit status is known on any kernel.
  const auto monitor = crunc::SubreaperMonitor::start().value();
  const crunc::Runc runc({.command = runtime, .monitor = monitor});
  const std::string id = "crunc-terminal-" + std::to_string(::getpid());
  const crunc::Descriptor here = crunc::host_terminal().value();

  // The runtime makes the container's terminal and sends its master to this socket.
  const crunc::ConsoleSocket socket = crunc::ConsoleSocket::temporary().value();
  runc.create(id, bundle, {.console_socket = socket.path()}).value();
  const Deletion at_the_end{runc, id};
  const crunc::Console console = socket.receive().value();
  const auto process = monitor->watch(runc.state(id).value().pid).value();

  crunc::RawMode raw = crunc::RawMode::enter(here.fd()).value();
  runc.start(id).value();
  relay(console, *process, here.fd()).value();
  raw.restore();
  return process->wait().value();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: terminal BUNDLE [RUNTIME]\n";
    return 2;
  }
  const crunc::ExitStatus status = live(argv[1], argc > 2 ? argv[2] : "runc");
  std::cout << "the container's process " << status << std::endl;
  return status.code().value_or(128 + status.signal().value_or(0));
} catch (const std::exception& exception) {
  std::cerr << "terminal: " << exception.what() << '\n';
  return 1;
}
