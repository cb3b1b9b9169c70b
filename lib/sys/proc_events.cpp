// SPDX-License-Identifier: Apache-2.0
// The proc connector: netlink datagrams, each a connector message that holds an event.

#include "sys/proc_events.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/calls.hpp"

namespace crunc::sys {
namespace {

constexpr std::size_t event_at = NLMSG_HDRLEN + sizeof(cn_msg);
constexpr std::size_t most_bytes = 512;
// Of proc_event::what, whose enumerators newer headers have in another place.
constexpr unsigned event_none = 0;
constexpr unsigned event_fork = 1;
constexpr unsigned event_exit = 0x80000000;

template <class T>
bool read_at(std::string_view bytes, std::size_t at, T& out) noexcept {
  if (bytes.size() < at || bytes.size() - at < sizeof out) return false;
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return true;
}

std::error_code send_request(int socket, proc_cn_mcast_op operation, std::uint32_t number) noexcept {
  cn_msg message{};
  message.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
  message.ack = number;  // answered by the next; the sequence, since Linux 6.6, by any
  message.len = sizeof operation;
  nlmsghdr header{};
  header.nlmsg_type = NLMSG_DONE;
  std::array<char, NLMSG_LENGTH(sizeof message + sizeof operation)> bytes{};
  header.nlmsg_len = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(bytes.data() + event_at, &operation, sizeof operation);
  return write_whole(socket, {bytes.data(), bytes.size()});
}

/// One datagram of the kernel's; empty for one of somebody else's.
SysResult<std::size_t> receive(int socket, std::array<char, most_bytes>& bytes) noexcept {
  sockaddr_nl sender{};
  iovec buffer{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  for (;;) {
    const ssize_t size = calls().recvmsg(socket, &message, 0);
    if (size >= 0) return sender.nl_pid == 0 ? static_cast<std::size_t>(size) : 0;
    if (errno != EINTR) return last_error();
  }
}

/// Waits for the answer to the request of this number.
std::error_code await_answer(int socket, std::uint32_t number, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<ProcEvent> events;
  for (;;) {
    const std::error_code error = read_proc_events(socket, events);
    for (const ProcEvent& event : events) {
      if (event.kind != ProcEvent::Kind::answer || event.answers != number) continue;
      return event.error == 0 ? std::error_code{} : make_error(event.error);
    }
    if (error && error != std::errc::no_buffer_space) return error;
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return make_error(ETIMEDOUT);
    constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(500);
    const timespec pause{.tv_sec = 0, .tv_nsec = std::min(std::chrono::nanoseconds(left), longest).count()};
    pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
    calls().poll(&entry, 1, &pause);
  }
}

}  // namespace

std::optional<ProcEvent> parse_proc_event(std::string_view datagram) noexcept {
  nlmsghdr header{};
  cn_msg message{};
  if (!read_at(datagram, 0, header) || header.nlmsg_len > datagram.size()) return std::nullopt;
  datagram = datagram.substr(0, header.nlmsg_len);
  if (!read_at(datagram, NLMSG_HDRLEN, message)) return std::nullopt;
  if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC) return std::nullopt;
  proc_event event{};
  // Kernels differ in how much stands behind what is of interest here.
  const std::string_view body = datagram.substr(event_at, std::min<std::size_t>(message.len, sizeof event));
  if (body.size() < offsetof(proc_event, event_data) + sizeof event.event_data.fork) return std::nullopt;
  std::memcpy(static_cast<void*>(&event), body.data(), body.size());
  const auto& data = event.event_data;
  switch (static_cast<unsigned>(event.what)) {
    case event_none:
      return ProcEvent{
          .kind = ProcEvent::Kind::answer, .error = static_cast<int>(data.ack.err), .answers = message.ack - 1};
    case event_fork:
      if (data.fork.child_pid != data.fork.child_tgid) return std::nullopt;
      return ProcEvent{.kind = ProcEvent::Kind::born, .process = data.fork.child_tgid};
    case event_exit:
      return ProcEvent{.kind = ProcEvent::Kind::ended,
                       .process = data.exit.process_tgid,
                       .wait_status = static_cast<int>(data.exit.exit_code)};
    default: return std::nullopt;
  }
}

SysResult<Fd> subscribe_proc_events(std::chrono::milliseconds patience) {
  Fd socket(calls().socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!socket) return last_error();
  // A burst of exits is to fit. Without the right to so much it is what the kernel gives to all.
  const int room = 4 << 20;
  calls().setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (calls().bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return last_error();
  const auto number = static_cast<std::uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  if (const std::error_code error = send_request(socket.get(), PROC_CN_MCAST_LISTEN, number)) return error;
  if (const std::error_code error = await_answer(socket.get(), number, patience)) return error;
  return socket;
}

void unsubscribe_proc_events(int socket) noexcept { static_cast<void>(send_request(socket, PROC_CN_MCAST_IGNORE, 0)); }

std::error_code read_proc_events(int socket, std::vector<ProcEvent>& events) {
  std::array<char, most_bytes> bytes{};
  for (;;) {
    const SysResult<std::size_t> size = receive(socket, bytes);
    if (!size) return size.error() == std::errc::resource_unavailable_try_again ? std::error_code{} : size.error();
    if (const auto event = parse_proc_event({bytes.data(), *size})) events.push_back(*event);
  }
}

}  // namespace crunc::sys
