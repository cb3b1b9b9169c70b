// SPDX-License-Identifier: Apache-2.0
// Unix stream sockets. Descriptors are received into owners at once, close-on-exec, so that no way out leaks one.

#include "sys/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sys/calls.hpp"

namespace crunc::sys {
namespace {

constexpr size_t most_fds = 253;  // the kernel's SCM_MAX_FD: with room for so many, only a full table loses any

/// Binds and listens; `path` fits into an address.
std::error_code bind_and_listen(int fd, const std::string& path) {
  if (path.size() > longest_socket_path) return make_error(ENAMETOOLONG);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  // The mode of an unbound socket becomes that of its name: at no moment can others connect.
  if (calls().fchmod(fd, 0600) != 0) return last_error();
  if (calls().bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return last_error();
  if (calls().listen(fd, 1) == 0) return {};
  const std::error_code error = last_error();
  calls().unlink(path.c_str());
  return error;
}

void take_fds(msghdr& message, std::vector<Fd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
}

}  // namespace

SysResult<Fd> listen_at(const std::string& path) {
  Fd fd(calls().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return last_error();
  std::string address = path;
  SysResult<Fd> directory = Fd();
  if (path.size() > longest_socket_path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return make_error(ENAMETOOLONG);
    directory = open_file(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY);
    if (!directory) return directory.error();
    address = "/proc/self/fd/" + std::to_string(directory->get()) + path.substr(slash);
  }
  if (const std::error_code error = bind_and_listen(fd.get(), address)) return error;
  return fd;
}

SysResult<Fd> accept_connection(int listener) {
  for (;;) {
    Fd fd(calls().accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) return fd;
    if (errno != EINTR) return last_error();
  }
}

SysResult<uid_t> peer_uid(int connection) {
  ucred peer{};
  unsigned size = sizeof peer;
  if (calls().getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return last_error();
  return peer.uid;
}

SysResult<FdMessage> receive_message(int connection, size_t limit) {
  FdMessage result;
  result.payload.resize(limit);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_fds * sizeof(int))> control{};
  iovec bytes{.iov_base = result.payload.data(), .iov_len = limit};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  for (;;) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = calls().recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    result.payload.resize(static_cast<size_t>(got));
    break;
  }
  take_fds(message, result.fds);
  result.fds_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  return result;
}

}  // namespace crunc::sys
