// SPDX-License-Identifier: Apache-2.0
//
// The other end of a console socket, by plain system calls.
#include "support/console_peer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace crunc::test {
namespace {

template <class T>
T checked(T result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::system_category(), what);
  return result;
}

}  // namespace

Pty open_pty(bool cooked) {
  int master = -1;
  int slave = -1;
  checked(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  Pty pty{.master = Descriptor(master), .slave = Descriptor(slave)};
  for (const int fd : {master, slave}) checked(::fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl");
  if (cooked) return pty;
  termios mode{};
  checked(::tcgetattr(slave, &mode), "tcgetattr");
  ::cfmakeraw(&mode);
  checked(::tcsetattr(slave, TCSANOW, &mode), "tcsetattr");
  return pty;
}

Descriptor connect_to(const std::filesystem::path& path) {
  const Descriptor directory(
      checked(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "open the socket's directory"));
  const std::string short_path = "/proc/self/fd/" + std::to_string(directory.fd()) + "/" + path.filename().string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  short_path.copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor connection(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  checked(::connect(connection.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
  return connection;
}

void send_fds(const Descriptor& connection, std::string_view payload, const std::vector<int>& fds) {
  std::string bytes(payload);
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  checked(::sendmsg(connection.fd(), &message, MSG_NOSIGNAL), "sendmsg");
}

void deliver(const std::filesystem::path& path, std::string_view payload, const std::vector<int>& fds) {
  send_fds(connect_to(path), payload, fds);
}

std::string read_bytes(int fd, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    char buffer[4096];
    const ssize_t got = ::read(fd, buffer, std::min(sizeof buffer, count - bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (checked(got, "read") == 0) break;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  return bytes;
}

void write_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    bytes.remove_prefix(static_cast<std::size_t>(checked(put, "write")));
  }
}

PipeEnds open_pipe() {
  int ends[2];
  checked(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {.reader = Descriptor(ends[0]), .writer = Descriptor(ends[1])};
}

LivingProcess::LivingProcess() {
  PipeEnds life = open_pipe();
  pid_ = checked(::fork(), "fork");
  if (pid_ == 0) {
    // The parent may have threads: only what is safe in a signal handler.
    ::dup2(life.reader.fd(), 0);
    ::syscall(SYS_close_range, 1U, ~0U, 0U);
    char byte = 0;
    while (::read(0, &byte, 1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }
  life_ = std::move(life.writer);
  pidfd_ = Descriptor(static_cast<int>(checked(::syscall(SYS_pidfd_open, pid_, 0), "pidfd_open")));
}

LivingProcess::~LivingProcess() {
  life_.reset();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void LivingProcess::end() {
  life_.reset();
  pollfd entry{.fd = pidfd_.fd(), .events = POLLIN, .revents = 0};
  while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

}  // namespace crunc::test
