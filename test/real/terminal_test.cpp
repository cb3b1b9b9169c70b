// SPDX-License-Identifier: Apache-2.0
// Terminals of a real runtime's containers: the master arrives, resizes, echoes, and gives up the last output.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>

#include "support/console_peer.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

/// Reads until `text` has come; what was read, else all of it when nothing more comes.
std::string read_until(const Console& console, const std::string& text) {
  std::string all;
  char buffer[256];
  while (all.find(text) == std::string::npos) {
    const auto got = console.read(buffer, 20s);
    if (!got || *got == 0) break;
    all.append(buffer, *got);
  }
  return all;
}

/// A created container with a terminal.
Console create_with_terminal(RealRuntime& runtime, const std::string& id, const std::vector<std::string>& args) {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const auto bundle = runtime.bundle(args, {.terminal = true});
  REQUIRE(runtime->create(id, bundle, {.console_socket = socket.path()}).has_value());
  return socket.receive().value();
}

Descriptor pidfd_of(pid_t pid) {
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  REQUIRE(pidfd);
  return pidfd;
}

/// Relays a terminal to the end of its process; all its output.
std::string relay_to_end(const Console& console, const Descriptor& pidfd) {
  test::PipeEnds out = test::open_pipe();
  auto output = std::async(std::launch::async, [&] { return test::read_bytes(out.reader.fd(), 1 << 20); });
  CHECK(console.relay(-1, out.writer.fd(), {.pidfd = pidfd.fd()}).has_value());
  out.writer.reset();
  return output.get();
}

}  // namespace

TEST_CASE("a container's terminal arrives and echoes and resizes") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const Console console = create_with_terminal(runtime, "web", {"sh"});
  REQUIRE(console.resize({.columns = 91, .rows = 37}).has_value());
  REQUIRE(runtime->start("web").has_value());

  REQUIRE(console.write("stty size\n").value() == 10);
  CHECK(read_until(console, "37 91").find("stty size\r\n") != std::string::npos);
  REQUIRE(console.resize({.columns = 80, .rows = 24}).has_value());
  REQUIRE(console.write("stty size\n").value() == 10);
  CHECK(read_until(console, "24 80").find("24 80") != std::string::npos);
  REQUIRE(console.set_echo(Echo::off).has_value());
  REQUIRE(console.write("stty -a | grep -o -e '-echo '\n").has_value());
  CHECK(read_until(console, "-echo ").find("-echo ") != std::string::npos);
}

TEST_CASE("a terminal's last output is relayed after its process has ended") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const Console console = create_with_terminal(runtime, "job", {"sh", "-c", "seq 1000; echo done"});
  const Descriptor pidfd = pidfd_of(runtime->state("job").value().pid);
  REQUIRE(runtime->start("job").has_value());

  const std::string output = relay_to_end(console, pidfd);

  CHECK(output.starts_with("1\r\n2\r\n"));
  CHECK(output.ends_with("1000\r\ndone\r\n"));
}

TEST_CASE("a terminal of exec outlives its own process and the runtime") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->create("web", runtime.bundle({"sleep", "1000"})).has_value());
  REQUIRE(runtime->start("web").has_value());
  const ConsoleSocket socket = ConsoleSocket::temporary().value();

  REQUIRE(runtime->exec("web", {"echo", "fast"}, {.console_socket = socket.path(), .detach = true, .tty = true})
              .has_value());

  CHECK(read_until(socket.receive().value(), "\n") == "fast\r\n");
}

TEST_CASE("a relay types into exec and ends with its process") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  REQUIRE(runtime->create("web", runtime.bundle({"sleep", "1000"})).has_value());
  REQUIRE(runtime->start("web").has_value());
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const auto pid_file = runtime / "exec.pid";
  REQUIRE(runtime
              ->exec("web", {"sh", "-c", "tr a-z A-Z; echo end"},
                     {.pid_file = pid_file, .console_socket = socket.path(), .detach = true, .tty = true})
              .has_value());
  const Console console = socket.receive().value();
  const Descriptor pidfd = pidfd_of(std::stoi(test::read_text(pid_file)));
  test::PipeEnds in = test::open_pipe();
  test::PipeEnds out = test::open_pipe();
  test::write_bytes(in.writer.fd(), "typed\n");
  in.writer.reset();

  const auto relayed =
      console.relay(in.reader.fd(), out.writer.fd(), {.pidfd = pidfd.fd(), .input_end = InputEnd::eof});

  out.writer.reset();
  REQUIRE(relayed.has_value());
  CHECK(relayed->to_process_bytes == 7);  // with one for the end of file
  CHECK(test::read_bytes(out.reader.fd(), 4096) == "typed\r\nTYPED\r\nend\r\n");
}

TEST_CASE("the terminal is received while the runtime still runs") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const auto bundle = runtime.bundle({"echo", "hello"}, {.terminal = true});
  boost::asio::io_context context;
  std::optional<Result<Console>> console;
  std::optional<Result<Output>> created;
  CreateOptions options{.console_socket = socket.path()};
  options.on_spawned = [&](const RuntimeProcess& process) {
    const ReceiveOptions receive{.runtime = process, .executor = context.get_executor()};
    socket.async_receive(receive, [&](Result<Console> result) { console.emplace(std::move(result)); });
  };

  runtime->async_create("web", bundle, options,
                        boost::asio::bind_executor(context, [&](Result<Output> result) { created = result; }));
  context.run();

  REQUIRE(created->has_value());
  REQUIRE(console->has_value());
  REQUIRE(runtime->start("web").has_value());
  CHECK(read_until(console->value(), "\n") == "hello\r\n");
}

TEST_CASE("B19 a runtime that fails before it connects ends the wait for its terminal") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  std::promise<RuntimeProcess> spawned;
  std::jthread caller([&] {
    CreateOptions options{.console_socket = socket.path()};
    options.on_spawned = [&](const RuntimeProcess& process) { spawned.set_value(process); };
    const auto no_bundle = runtime / "missing";
    CHECK(runtime->create("web", no_bundle, options).has_error());
  });

  const auto console = socket.receive({.timeout = no_deadline, .runtime = spawned.get_future().get()});

  CHECK(console.error().code == Errc::runtime_failed);
}

TEST_CASE("a container without a terminal sends none") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const ConsoleSocket socket = ConsoleSocket::temporary().value();

  CreateOptions options{.console_socket = socket.path()};
  std::optional<RuntimeProcess> process;
  options.on_spawned = [&](const RuntimeProcess& spawned) { process = spawned; };

  const auto created = runtime->create("web", runtime.bundle({"true"}), options);

  if (!runtime.is_crun()) CHECK(created.error().code == Errc::terminal_mismatch);
  CHECK(socket.receive({.timeout = no_deadline, .runtime = process}).error().code == Errc::runtime_failed);
}

TEST_CASE("a runtime that sends a pidfd sends it of the container's process") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const PidfdSocket socket = PidfdSocket::temporary().value();
  fixtures::BundleOptions bundle;
  CreateOptions options;
  if (runtime.is_crun()) {
    bundle.annotations["run.oci.pidfd_receiver"] = socket.path().string();
  } else {
    options.pidfd_socket = socket.path();
  }
  const auto created = runtime->create("web", runtime.bundle({"sleep", "1000"}, bundle), options);
  const bool has_none = created.has_error() && created.error().code == Errc::unsupported;
  if (test::skip_unless(!has_none, "runc before 1.2 sends no pidfd")) return;
  REQUIRE(created.has_value());

  const PidfdMessage message = socket.receive().value();

  CHECK(message.pid == runtime->state("web").value().pid);
  CHECK(message.origin == (runtime.is_crun() ? PidfdMessage::Origin::other : PidfdMessage::Origin::init));
}
