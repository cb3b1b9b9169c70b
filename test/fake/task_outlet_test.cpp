// SPDX-License-Identifier: Apache-2.0
// Outlets: what each sink becomes where bytes are pumped, and what is said when one does not take them.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "support/console_peer.hpp"
#include "support/failing.hpp"
#include "support/raw_fifo.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"
#include "task/named_pipe.hpp"
#include "task/outlet.hpp"
#include "task/source.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::make_outlet;
using task::Outlet;
using test::fail_with;
using test::open_pipe;
using test::read_bytes;
using test::TempDir;

namespace {

std::unique_ptr<Outlet> open(const Sink& sink) {
  auto outlet = make_outlet(sink);
  REQUIRE(outlet.has_value());
  return std::move(*outlet);
}

bool is_nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

bool is_writable(int fd) {
  pollfd entry{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

}  // namespace

TEST_CASE("bytes for nowhere are taken") { CHECK(open(Sink::null())->write("bytes").value() == 5); }

TEST_CASE("a callback gets the bytes and what it throws is an error") {
  std::string got;
  const auto outlet = open(Sink::callback([&](std::string_view bytes) {
    if (bytes == "bad") throw std::runtime_error("no such bytes");
    if (bytes == "worse") throw 7;
    got += bytes;
  }));

  CHECK(outlet->write("good").value() == 4);
  CHECK(outlet->write("bad").error().reason == "the callback of an output threw: no such bytes");
  CHECK(outlet->write("worse").error().reason == "the callback of an output threw");
  CHECK(outlet->write("better").value() == 6);
  CHECK(got == "goodbetter");
  CHECK(outlet->waits_for() == -1);
  CHECK(make_outlet(Sink::callback({})).error().code == Errc::invalid_argument);
}

TEST_CASE("a descriptor takes what there is room for and is not made non-blocking for others") {
  const auto pipe = open_pipe();
  REQUIRE(::fcntl(pipe.writer.fd(), F_SETPIPE_SZ, 4096) > 0);
  const auto outlet = open(Sink::stream(Stream::descriptor(pipe.writer.fd())));
  const std::string much(10'000, 'x');

  CHECK(outlet->write(much).value() == 4096);
  CHECK(outlet->write(much).value() == 0);
  REQUIRE(outlet->waits_for() >= 0);
  CHECK_FALSE(is_writable(outlet->waits_for()));
  CHECK_FALSE(is_nonblocking(pipe.writer.fd()));
  CHECK(read_bytes(pipe.reader.fd(), 4096).size() == 4096);

  CHECK(is_writable(outlet->waits_for()));
  CHECK(outlet->write("more").value() == 4);
}

TEST_CASE("a reader that is gone is an error and no SIGPIPE") {
  auto pipe = open_pipe();
  const auto outlet = open(Sink::stream(Stream::descriptor(pipe.writer.fd())));
  pipe.reader.reset();

  const Error error = outlet->write("bytes").error();

  CHECK(error.code == Errc::system_error);
  CHECK((error.system == std::errc::broken_pipe));
  CHECK(error.reason == "write to descriptor " + std::to_string(pipe.writer.fd()));
}

TEST_CASE("a SIGPIPE is taken away though that is interrupted") {
  static int interruptions;
  interruptions = 3;
  Calls table = kernel_calls();
  table.sigtimedwait = [](const sigset_t* set, siginfo_t* info, const timespec* timeout) {
    return interruptions-- > 0 ? fail_with<int>(EINTR) : ::sigtimedwait(set, info, timeout);
  };
  const ReplacedCalls replaced(table);
  auto pipe = open_pipe();
  const auto outlet = open(Sink::stream(Stream::descriptor(pipe.writer.fd())));
  pipe.reader.reset();

  CHECK((outlet->write("bytes").error().system == std::errc::broken_pipe));
  CHECK(interruptions == -1);
}

TEST_CASE("a descriptor that is handed over is closed with the outlet") {
  auto pipe = open_pipe();
  {
    const auto outlet = open(Sink::stream(Stream::hand_over(pipe.writer.release())));
    CHECK(outlet->write("all").value() == 3);
  }

  CHECK(read_bytes(pipe.reader.fd(), 100) == "all");
}

TEST_CASE("a socket is non-blocking for as long as the outlet lives") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor near(ends[0]);
  const Descriptor far(ends[1]);
  {
    const auto outlet = open(Sink::stream(Stream::descriptor(near.fd())));
    CHECK(outlet->write("x").value() == 1);
    CHECK(is_nonblocking(near.fd()));
  }
  CHECK_FALSE(is_nonblocking(near.fd()));
}

TEST_CASE("a file is appended to and a fifo needs no reader") {
  const TempDir dir;
  test::write_text(dir / "log", "before ");
  test::make_fifo(dir / "fifo");

  CHECK(open(Sink::file(dir / "log"))->write("after").value() == 5);
  const auto fifo = open(Sink::fifo(dir / "fifo"));
  CHECK(fifo->write("waits").value() == 5);

  CHECK(test::read_text(dir / "log") == "before after");
  const sys::Fd reader = task::open_reader(dir / "fifo").value();
  CHECK(read_bytes(reader.get(), 5) == "waits");
}

TEST_CASE("what cannot be an outlet is an error with its name") {
  const TempDir dir;

  CHECK(make_outlet(Sink::stream(Stream::capture())).error().code == Errc::invalid_argument);
  CHECK(make_outlet(Sink::logger({.argv = {"x"}})).error().code == Errc::invalid_argument);
  CHECK((make_outlet(Sink::stream(Stream::descriptor(9999))).error().system == std::errc::bad_file_descriptor));
  CHECK(make_outlet(Sink::file(dir / "no" / "log")).error().reason == "open " + (dir / "no" / "log").string());
  CHECK(make_outlet(Sink::fifo(dir / "none")).error().reason.find((dir / "none").string()) != std::string::npos);
}

TEST_CASE("a write that fails in the middle says so next time") {
  const TempDir dir;
  const auto outlet = open(Sink::file(dir / "log"));
  static bool is_full;
  is_full = false;
  Calls full = kernel_calls();
  full.write = [](int fd, const void* bytes, size_t) {
    if (std::exchange(is_full, true)) return fail_with<ssize_t>(ENOSPC);
    return kernel_calls().write(fd, bytes, 3);
  };
  const ReplacedCalls replaced(full);

  CHECK(outlet->write("abcdef").value() == 3);
  CHECK((outlet->write("def").error().system == std::errc::no_space_on_device));
}

TEST_CASE("typing at a full terminal that nobody has open waits for a while and for no descriptor") {
  test::Pty pty = test::open_pty();
  REQUIRE(::tcflow(pty.master.fd(), TCOOFF) == 0);  // nothing more goes in, as if it were full
  pty.slave.reset();
  REQUIRE_FALSE(sys::set_nonblocking(pty.master.fd()));
  const auto outlet = make_outlet(sys::duplicate(pty.master.fd()).value(), "the terminal").value();

  CHECK(outlet->write("x").value() == 0);

  CHECK(outlet->waits_for() == -1);
  CHECK(outlet->looks_again().has_value());
}

TEST_CASE("what is typed comes from any stream") {
  const TempDir dir;
  test::write_text(dir / "file", "from a file");
  auto pipe = open_pipe();
  test::write_bytes(pipe.writer.fd(), "from a pipe");
  const auto read_all = [](const Stream& stream) {
    auto source = task::open_source(stream);
    REQUIRE(source.has_value());
    std::string bytes(100, '\0');
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(source->read(bytes.data(), bytes.size()), 0)));
    return bytes;
  };

  CHECK(read_all(Stream::file(dir / "file")) == "from a file");
  CHECK(read_all(Stream::descriptor(pipe.reader.fd())) == "from a pipe");
  CHECK_FALSE(is_nonblocking(pipe.reader.fd()));
  CHECK(task::open_source(Stream::null())->fd() == -1);
  CHECK(task::open_source(Stream::capture()).error().code == Errc::invalid_argument);
  CHECK((task::open_source(Stream::descriptor(9999)).error().system == std::errc::bad_file_descriptor));
  CHECK(task::open_source(Stream::file(dir / "none")).error().reason == "open " + (dir / "none").string());
}
