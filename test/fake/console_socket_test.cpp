// SPDX-License-Identifier: Apache-2.0
// The sockets that receive a terminal or a pidfd: what arrives, and each way in which nothing or something wrong does.
// The test plays the runtime.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <stop_token>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"
#include "support/temp_dir.hpp"
#include "sys/process_ref.hpp"

using namespace crunc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using test::connect_to;
using test::deliver;
using test::LivingProcess;
using test::open_pty;
using test::Pty;
using test::send_fds;

namespace {

constexpr const char* runc_payload = "/dev/ptmx";

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// A child of ours as the runtime that receive() is to wait for.
RuntimeProcess as_runtime(const LivingProcess& process) {
  const int copy = ::fcntl(process.pidfd(), F_DUPFD_CLOEXEC, 3);
  return RuntimeProcess(Process::make(sys::ProcessRef::of_pidfd(process.pid(), sys::Fd(copy), sys::Kin::stranger), {}));
}

/// Sets an environment variable for a test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* const old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_{};
};

}  // namespace

TEST_CASE("a terminal arrives that was sent before anybody waited for it") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const Pty pty = open_pty();
  deliver(socket.path(), runc_payload, {pty.master.fd()});

  const Console console = socket.receive().value();

  test::write_bytes(pty.slave.fd(), "hello");
  char text[16] = {};
  CHECK(console.read(text).value() == 5);
  CHECK(std::string(text) == "hello");
  CHECK((::fcntl(console.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(console.fd(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(pty.slave.fd(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a terminal arrives that is sent while it is waited for") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const Pty pty = open_pty();
  const std::jthread runtime([&] { deliver(socket.path(), " ", {pty.master.fd()}); });

  CHECK(socket.receive().has_value());
}

TEST_CASE("a temporary socket is for its owner alone and goes with its object") {
  fs::path path;
  {
    const ConsoleSocket socket = ConsoleSocket::temporary().value();
    path = socket.path();
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(path.string().size() <= 107);
  }
  CHECK_FALSE(fs::exists(path.parent_path()));
}

TEST_CASE("a temporary socket is put where its path is short enough for a runtime") {
  const test::TempDir dir;
  const fs::path deep = dir / std::string(90, 'x');
  fs::create_directory(deep);
  const Environment user("XDG_RUNTIME_DIR", deep);
  const Environment other("TMPDIR", dir.path());

  const ConsoleSocket socket = ConsoleSocket::temporary().value();

  CHECK(socket.path().parent_path().parent_path() == dir.path());
}

TEST_CASE("a socket takes one connection and its name is gone with it") {
  const test::TempDir dir;
  const ConsoleSocket socket = ConsoleSocket::at(dir / "console").value();
  const Pty pty = open_pty();
  deliver(socket.path(), runc_payload, {pty.master.fd()});

  REQUIRE(socket.receive().has_value());

  CHECK_FALSE(fs::exists(socket.path()));
  CHECK(socket.receive().error().code == Errc::invalid_argument);
}

TEST_CASE("a socket does not take the place of what is there") {
  const test::TempDir dir;
  const ConsoleSocket first = ConsoleSocket::at(dir / "console").value();

  const auto second = ConsoleSocket::at(dir / "console");

  REQUIRE(second.has_error());
  CHECK(second.error().code == Errc::system_error);
  CHECK((second.error().system == std::errc::address_in_use));
  CHECK(fs::exists(first.path()));
}

TEST_CASE("a path that is too long for an address is bound and removed all the same") {
  const test::TempDir dir;
  const fs::path deep = dir / std::string(150, 'x');
  fs::create_directory(deep);
  const ConsoleSocket socket = ConsoleSocket::at(deep / "console").value();
  const Pty pty = open_pty();
  CHECK(mode_of(socket.path()) == 0600);
  deliver(socket.path(), runc_payload, {pty.master.fd()});

  CHECK(socket.receive().has_value());

  CHECK(fs::is_empty(deep));
  CHECK(ConsoleSocket::at(deep / std::string(100, 'y')).error().code == Errc::invalid_argument);
  CHECK(ConsoleSocket::at("").error().code == Errc::invalid_argument);
}

TEST_CASE("nobody who connects in time is timed_out and the socket can be waited at again") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  CHECK(socket.receive({.timeout = 1ms}).error().code == Errc::timed_out);
  const Pty pty = open_pty();
  deliver(socket.path(), runc_payload, {pty.master.fd()});

  CHECK(socket.receive({.timeout = 0ms}).has_value());
}

TEST_CASE("a runtime that connects and says nothing is timed_out") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const Descriptor connection = connect_to(socket.path());

  const auto console = socket.receive({.timeout = 1ms});

  CHECK(console.error().code == Errc::timed_out);
  CHECK(console.error().reason.find("sent nothing") != std::string::npos);
}

TEST_CASE("a stop request ends the wait") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });

  CHECK(socket.receive({.timeout = no_deadline, .stop = stop.get_token()}).error().code == Errc::cancelled);
}

TEST_CASE("B19 a runtime that ends before it connects ends the wait") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  LivingProcess process;
  const std::jthread other([&] { process.end(); });

  const auto console = socket.receive({.timeout = no_deadline, .runtime = as_runtime(process)});

  CHECK(console.error().code == Errc::runtime_failed);
  CHECK(console.error().reason.find("without connecting") != std::string::npos);
}

TEST_CASE("what a runtime sent before its end is received after it") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  LivingProcess process;
  const Pty pty = open_pty();
  deliver(socket.path(), runc_payload, {pty.master.fd()});
  process.end();

  CHECK(socket.receive({.runtime = as_runtime(process)}).has_value());
}

TEST_CASE("a descendant of the runtime that has connected may send after the runtime has ended") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  LivingProcess process;
  const Pty pty = open_pty();
  const Descriptor connection = connect_to(socket.path());
  process.end();
  const std::jthread descendant([&] { send_fds(connection, runc_payload, {pty.master.fd()}); });

  CHECK(socket.receive({.runtime = as_runtime(process)}).has_value());
}

TEST_CASE("a descendant of an ended runtime that holds the connection and sends nothing does not hold up") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  LivingProcess process;
  const Descriptor connection = connect_to(socket.path());
  process.end();

  const auto console = socket.receive({.timeout = no_deadline, .runtime = as_runtime(process)});

  CHECK(console.error().code == Errc::runtime_failed);
}

TEST_CASE("a runtime that connects and dies is runtime_failed") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  static_cast<void>(connect_to(socket.path()));

  const auto console = socket.receive({.timeout = no_deadline});

  CHECK(console.error().code == Errc::runtime_failed);
  CHECK(console.error().reason.find("closed without sending") != std::string::npos);
}

TEST_CASE("a socket whose directory is deleted ends with the runtime that cannot find it") {
  LivingProcess process;
  std::optional<test::TempDir> dir(std::in_place);
  const ConsoleSocket socket = ConsoleSocket::at(*dir / "console").value();
  dir.reset();
  CHECK_THROWS(static_cast<void>(connect_to(socket.path())));
  process.end();

  CHECK(socket.receive({.runtime = as_runtime(process)}).error().code == Errc::runtime_failed);
}

TEST_CASE("async_receive gives a coroutine its terminal") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  const Pty pty = open_pty();
  asio::io_context context;
  std::optional<std::string> name;

  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const Console console = (co_await socket.async_receive({}, asio::use_awaitable)).value();
        name = console.name().value();
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  asio::post(context, [&] { deliver(socket.path(), runc_payload, {pty.master.fd()}); });
  context.run();

  CHECK(name == ::ptsname(pty.master.fd()));
}

TEST_CASE("async_receive ends with its runtime and by its cancellation slot") {
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  LivingProcess process;
  asio::io_context context;
  asio::cancellation_signal signal;
  std::optional<Errc> cancelled;
  std::optional<Errc> ended;

  socket.async_receive(
      {.executor = context.get_executor()}, asio::bind_cancellation_slot(signal.slot(), [&](Result<Console> result) {
        cancelled = result.error().code;
        socket.async_receive(
            {.timeout = no_deadline, .runtime = as_runtime(process), .executor = context.get_executor()},
            [&](Result<Console> second) { ended = second.error().code; });
        asio::post(context, [&] { process.end(); });
      }));
  asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
  context.run();

  CHECK(cancelled == Errc::cancelled);
  CHECK(ended == Errc::runtime_failed);
}
