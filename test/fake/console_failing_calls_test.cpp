// SPDX-License-Identifier: Apache-2.0
// Each system call that a console needs fails in turn: a typed Error or a success comes of it, and nothing is left.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <crunc/crunc.hpp>

#include "support/console_peer.hpp"
#include "support/failing.hpp"
#include "support/temp_dir.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::deliver;
using test::fail_with;
using test::open_pty;
using test::Pty;
namespace fs = std::filesystem;

namespace {

/// A socket with a terminal in its backlog.
ConsoleSocket socket_with(const Pty& pty) {
  ConsoleSocket socket = ConsoleSocket::temporary().value();
  deliver(socket.path(), "/dev/ptmx", {pty.master.fd()});
  return socket;
}

Result<Console> receive_with(const Calls& table) {
  const Pty pty = open_pty();
  const ConsoleSocket socket = socket_with(pty);
  const ReplacedCalls replaced(table);
  return socket.receive();
}

/// Lowers the limit so that exactly `count` more descriptors can be had. Around a single call of the kernel only:
/// the sanitizers need descriptors of their own.
class FewDescriptors {
 public:
  explicit FewDescriptors(unsigned count) noexcept {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::dup(0);
    ::close(lowest);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(lowest) + count;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() {
    const int error = errno;
    ::setrlimit(RLIMIT_NOFILE, &before_);
    errno = error;
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// recvmsg() where only so many descriptors can be had.
template <unsigned count>
ssize_t receive_with_room_for(int fd, msghdr* message, int flags) {
  const FewDescriptors few(count);
  return kernel_calls().recvmsg(fd, message, flags);
}

}  // namespace

TEST_CASE("a socket that cannot be made leaves nothing behind") {
  Calls no_socket = kernel_calls();
  no_socket.socket = [](int, int, int) { return fail_with<int>(EMFILE); };
  Calls no_mode = kernel_calls();
  no_mode.fchmod = [](int, mode_t) { return fail_with<int>(EPERM); };
  Calls no_bind = kernel_calls();
  no_bind.bind = [](int, const sockaddr*, unsigned) { return fail_with<int>(EROFS); };
  Calls no_listen = kernel_calls();
  no_listen.listen = [](int, int) { return fail_with<int>(ENOBUFS); };
  Calls no_directory = kernel_calls();
  no_directory.mkdtemp = [](char*) -> char* {
    errno = EROFS;
    return nullptr;
  };
  const test::TempDir dir;
  ::setenv("XDG_RUNTIME_DIR", dir.path().c_str(), 1);

  for (const Calls& table : {no_socket, no_mode, no_bind, no_listen, no_directory}) {
    const ReplacedCalls replaced(table);
    const auto socket = ConsoleSocket::temporary();
    CHECK(socket.error().code == Errc::system_error);
    CHECK(static_cast<bool>(socket.error().system));
    CHECK(fs::is_empty(dir.path()));
  }
  ::unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("no descriptor left for the connection is an error after which it can be received") {
  Calls table = kernel_calls();
  table.accept4 = [](int fd, sockaddr* address, unsigned* size, int flags) {
    const FewDescriptors none(0);
    return kernel_calls().accept4(fd, address, size, flags);
  };
  const Pty pty = open_pty();
  const ConsoleSocket socket = socket_with(pty);
  {
    const ReplacedCalls replaced(table);
    const auto console = socket.receive();
    CHECK(console.error().code == Errc::system_error);
    CHECK((console.error().system == std::errc::too_many_files_open));
  }

  CHECK(socket.receive().has_value());
}

TEST_CASE("no descriptor left for the terminal is an error and no success without one") {
  Calls table = kernel_calls();
  table.recvmsg = receive_with_room_for<0>;

  const auto console = receive_with(table);

  CHECK(console.error().code == Errc::system_error);
  CHECK((console.error().system == std::errc::too_many_files_open));
}

TEST_CASE("some descriptors of a message lost for want of room leave none open") {
  Calls table = kernel_calls();
  table.recvmsg = receive_with_room_for<2>;
  const Pty pty = open_pty();
  const ConsoleSocket socket = ConsoleSocket::temporary().value();
  deliver(socket.path(), "/dev/ptmx", std::vector<int>(5, pty.master.fd()));
  const ReplacedCalls replaced(table);

  CHECK((socket.receive().error().system == std::errc::too_many_files_open));
}

TEST_CASE("a stranger who connects is permission_denied") {
  Calls stranger = kernel_calls();
  stranger.getsockopt = [](int, int, int, void* value, unsigned*) {
    *static_cast<ucred*>(value) = {.pid = 1, .uid = 4242, .gid = 4242};
    return 0;
  };
  stranger.geteuid = [] { return uid_t{1000}; };

  const auto console = receive_with(stranger);

  CHECK(console.error().code == Errc::system_error);
  CHECK((console.error().system == std::errc::permission_denied));
  CHECK(console.error().reason.find("uid 4242") != std::string::npos);
}

TEST_CASE("the user of this process and root may connect") {
  Calls ours = kernel_calls();
  ours.geteuid = [] { return uid_t{1000}; };
  Calls roots = ours;
  ours.getsockopt = [](int, int, int, void* value, unsigned*) {
    *static_cast<ucred*>(value) = {.pid = 1, .uid = 1000, .gid = 1000};
    return 0;
  };
  roots.getsockopt = [](int, int, int, void* value, unsigned*) {
    *static_cast<ucred*>(value) = {.pid = 1, .uid = 0, .gid = 0};
    return 0;
  };

  CHECK(receive_with(ours).has_value());
  CHECK(receive_with(roots).has_value());
}

TEST_CASE("each call of a reception that fails is a system_error with its errno") {
  Calls no_peer = kernel_calls();
  no_peer.getsockopt = [](int, int, int, void*, unsigned*) { return fail_with<int>(ENOBUFS); };
  Calls no_message = kernel_calls();
  no_message.recvmsg = [](int, msghdr*, int) { return fail_with<ssize_t>(ENOMEM); };
  Calls no_flags = kernel_calls();
  no_flags.fcntl = [](int, int, long) { return fail_with<int>(EINVAL); };

  for (const Calls& table : {no_peer, no_message, no_flags}) {
    const auto console = receive_with(table);
    CHECK(console.error().code == Errc::system_error);
    CHECK(static_cast<bool>(console.error().system));
  }
}

TEST_CASE("a reception interrupted by signals goes on") {
  static int interruptions;
  interruptions = 0;
  Calls interrupted = kernel_calls();
  interrupted.accept4 = [](int fd, sockaddr* address, unsigned* size, int flags) {
    return interruptions++ % 2 == 0 ? fail_with<int>(EINTR) : kernel_calls().accept4(fd, address, size, flags);
  };
  interrupted.recvmsg = [](int fd, msghdr* message, int flags) {
    return interruptions++ % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().recvmsg(fd, message, flags);
  };

  CHECK(receive_with(interrupted).has_value());
  CHECK(interruptions >= 4);
}

TEST_CASE("a connection that was given up before it was accepted is no error") {
  static int aborted;
  aborted = 0;
  Calls table = kernel_calls();
  table.accept4 = [](int fd, sockaddr* address, unsigned* size, int flags) {
    return aborted++ == 0 ? fail_with<int>(ECONNABORTED) : kernel_calls().accept4(fd, address, size, flags);
  };

  CHECK(receive_with(table).has_value());
}

TEST_CASE("each call of a console that fails is a system_error with its errno") {
  Pty pty = open_pty();
  const Console console = Console::adopt(std::move(pty.master)).value();
  Calls table = kernel_calls();
  table.ioctl = [](int, unsigned long, void*) { return fail_with<int>(EIO); };
  table.tcgetattr = [](int, termios*) { return fail_with<int>(EIO); };
  table.read = [](int, void*, size_t) { return fail_with<ssize_t>(ENOMEM); };
  table.write = [](int, const void*, size_t) { return fail_with<ssize_t>(ENOMEM); };
  const ReplacedCalls replaced(table);
  char byte = 0;

  CHECK(console.name().error().code == Errc::system_error);
  CHECK(console.open_peer().error().code == Errc::system_error);
  CHECK(console.size().error().code == Errc::system_error);
  CHECK(console.resize({80, 24}).error().code == Errc::system_error);
  CHECK(console.resize_from(pty.slave.fd()).error().code == Errc::system_error);
  CHECK(console.set_echo(Echo::off).error().code == Errc::system_error);
  CHECK(console.read({&byte, 1}).error().code == Errc::system_error);
  CHECK(console.write("x").error().code == Errc::system_error);
  CHECK(RawMode::enter(pty.slave.fd()).error().code == Errc::system_error);
}

TEST_CASE("a relay that cannot begin says why") {
  Pty pty = open_pty();
  const Console console = Console::adopt(std::move(pty.master)).value();
  const test::PipeEnds pipe = test::open_pipe();

  CHECK((console.relay(-1, -1).error().system == std::errc::bad_file_descriptor));
  CHECK((console.relay(-1, pipe.reader.fd()).error().system == std::errc::bad_file_descriptor));
  CHECK((console.relay(pipe.writer.fd(), pipe.writer.fd()).error().system == std::errc::bad_file_descriptor));
  CHECK((console.relay(-1, pipe.writer.fd(), {.pidfd = 9999}).error().system == std::errc::bad_file_descriptor));
  Calls table = kernel_calls();
  table.fcntl = [](int, int, long) { return fail_with<int>(EMFILE); };
  const ReplacedCalls replaced(table);
  CHECK((console.relay(-1, pipe.writer.fd()).error().system == std::errc::too_many_files_open));
}

TEST_CASE("a terminal whose mode cannot be set is a system_error and no success") {
  Pty pty = open_pty();
  const Console console = Console::adopt(std::move(pty.master)).value();
  Calls table = kernel_calls();
  table.tcsetattr = [](int, int, const termios*) { return fail_with<int>(EIO); };
  const ReplacedCalls replaced(table);

  CHECK(console.set_echo(Echo::off).error().code == Errc::system_error);
  CHECK(RawMode::enter(pty.slave.fd()).error().code == Errc::system_error);
}

TEST_CASE("a relay between streams that cannot be looked at does not begin") {
  Pty pty = open_pty();
  const Console console = Console::adopt(std::move(pty.master)).value();
  const test::PipeEnds pipe = test::open_pipe();
  Calls table = kernel_calls();
  table.fstat = [](int, struct stat*) { return fail_with<int>(EOVERFLOW); };
  const ReplacedCalls replaced(table);

  CHECK((console.relay(-1, pipe.writer.fd()).error().system == std::errc::value_too_large));
}

TEST_CASE("a relay to a pipe that nobody reads is a broken pipe and no signal whatever of signals cannot be asked") {
  Pty pty = open_pty();
  const Console console = Console::adopt(std::move(pty.master)).value();
  test::PipeEnds pipe = test::open_pipe();
  pipe.reader.reset();
  REQUIRE(::write(pty.slave.fd(), "x", 1) == 1);
  Calls table = kernel_calls();
  table.sigpending = [](sigset_t*) { return fail_with<int>(EFAULT); };
  const ReplacedCalls replaced(table);

  CHECK((console.relay(-1, pipe.writer.fd()).error().system == std::errc::broken_pipe));
}
