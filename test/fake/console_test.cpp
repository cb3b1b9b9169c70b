// SPDX-License-Identifier: Apache-2.0
// The pty master in use: size, echo, raw mode, and reading and writing by hand.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::open_pty;
using test::Pty;

namespace {

termios mode_of(int tty) {
  termios mode{};
  REQUIRE(::tcgetattr(tty, &mode) == 0);
  return mode;
}

struct Terminal {
  explicit Terminal(bool cooked = false) {
    Pty pty = open_pty(cooked);
    console.emplace(Console::adopt(std::move(pty.master)).value());
    slave = std::move(pty.slave);
  }
  std::optional<Console> console{};
  Descriptor slave{};
};

/// Whatever comes until nobody has the terminal open.
std::string read_all(const Console& console) {
  std::string all;
  char buffer[4096];
  while (const std::size_t got = console.read(buffer).value()) all.append(buffer, got);
  return all;
}

}  // namespace

TEST_CASE("a console sets and follows sizes") {
  const Terminal terminal;
  const Terminal other;
  winsize seen{};

  REQUIRE(terminal.console->resize({.columns = 101, .rows = 33}).has_value());
  CHECK(terminal.console->size().value() == Winsize{.columns = 101, .rows = 33});
  REQUIRE(::ioctl(terminal.slave.fd(), TIOCGWINSZ, &seen) == 0);
  CHECK(seen.ws_col == 101);
  CHECK(seen.ws_row == 33);

  REQUIRE(other.console->resize_from(terminal.slave.fd()).has_value());
  CHECK(other.console->size().value() == Winsize{.columns = 101, .rows = 33});
  const test::PipeEnds pipe = test::open_pipe();
  CHECK(other.console->resize_from(pipe.reader.fd()).has_error());
}

TEST_CASE("a console switches the echo of its terminal") {
  const Terminal terminal(true);
  CHECK((mode_of(terminal.slave.fd()).c_lflag & ECHO) != 0);

  REQUIRE(terminal.console->set_echo(Echo::off).has_value());
  CHECK((mode_of(terminal.slave.fd()).c_lflag & ECHO) == 0);
  CHECK((mode_of(terminal.slave.fd()).c_lflag & ICANON) != 0);

  REQUIRE(terminal.console->set_echo(Echo::on).has_value());
  CHECK((mode_of(terminal.slave.fd()).c_lflag & ECHO) != 0);
}

TEST_CASE("a console knows its name and opens its own slave") {
  const Terminal terminal;
  const Descriptor peer = terminal.console->open_peer().value();

  CHECK(terminal.console->name().value() == ::ptsname(terminal.console->fd()));
  CHECK(std::string(::ttyname(peer.fd())) == terminal.console->name().value());
  CHECK((::fcntl(peer.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("only a master is adopted and given away again") {
  Terminal terminal;
  CHECK(Console::adopt(std::move(terminal.slave)).error().code == Errc::malformed_output);
  CHECK(Console::adopt(Descriptor()).error().code == Errc::malformed_output);

  Descriptor master(terminal.console->release());

  CHECK(terminal.console->fd() == -1);
  CHECK(Console::adopt(std::move(master)).has_value());
}

TEST_CASE("a console is read and written by hand") {
  Terminal terminal;
  CHECK(terminal.console->write("typed").value() == 5);
  CHECK(test::read_bytes(terminal.slave.fd(), 5) == "typed");
  test::write_bytes(terminal.slave.fd(), "printed");
  terminal.slave.reset();

  CHECK(read_all(*terminal.console) == "printed");
  CHECK(read_all(*terminal.console).empty());
}

TEST_CASE("a console waits for what is printed and for no longer than it is told") {
  const Terminal terminal;
  char buffer[8] = {};
  CHECK(terminal.console->read(buffer, 1ms).error().code == Errc::timed_out);
  const std::jthread process([&] { test::write_bytes(terminal.slave.fd(), "x"); });

  CHECK(terminal.console->read(buffer).value() == 1);
}

TEST_CASE("typing more than a terminal holds tells how much was taken") {
  const Terminal terminal;
  const std::string much(1024 * 1024, 'x');
  const std::size_t taken = terminal.console->write(much, 1ms).value();
  CHECK(taken > 0);
  CHECK(taken < much.size());

  const std::jthread process([&] { static_cast<void>(test::read_bytes(terminal.slave.fd(), much.size())); });
  CHECK(terminal.console->write(std::string_view(much).substr(taken)).value() == much.size() - taken);
}

TEST_CASE("raw mode passes keys as they are and keeps output processing") {
  const Terminal host(true);
  const termios before = mode_of(host.slave.fd());
  {
    const RawMode raw = RawMode::enter(host.slave.fd()).value();
    const termios mode = mode_of(host.slave.fd());
    CHECK((mode.c_lflag & (ICANON | ECHO | ISIG)) == 0);
    CHECK((mode.c_oflag & OPOST) != 0);
  }
  CHECK(mode_of(host.slave.fd()).c_lflag == before.c_lflag);
  CHECK(mode_of(host.slave.fd()).c_iflag == before.c_iflag);
}

TEST_CASE("raw mode is undone once and also when its owner moves or the descriptor is closed") {
  Terminal host(true);
  const Descriptor watch = host.console->open_peer().value();
  const termios before = mode_of(watch.fd());
  RawMode raw = RawMode::enter(host.slave.fd()).value();
  host.slave.reset();
  RawMode moved = std::move(raw);
  CHECK(mode_of(watch.fd()).c_lflag != before.c_lflag);

  moved.restore();

  CHECK(mode_of(watch.fd()).c_lflag == before.c_lflag);
  REQUIRE(host.console->set_echo(Echo::off).has_value());
  moved.restore();
  CHECK((mode_of(watch.fd()).c_lflag & ECHO) == 0);
}

TEST_CASE("the terminal of this process is found among its streams") {
  const Terminal terminal;
  const Descriptor before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  REQUIRE(::dup2(terminal.slave.fd(), STDERR_FILENO) == STDERR_FILENO);
  const auto found = host_terminal();
  REQUIRE(::dup2(before.fd(), STDERR_FILENO) == STDERR_FILENO);

  REQUIRE(found.has_value());
  CHECK(std::string(::ttyname(found->fd())) == terminal.console->name().value());
}

TEST_CASE("what is no terminal has no raw mode") {
  const test::PipeEnds pipe = test::open_pipe();
  const auto raw = RawMode::enter(pipe.reader.fd());
  CHECK(raw.error().code == Errc::system_error);
  CHECK((raw.error().system == std::errc::inappropriate_io_control_operation));
}
