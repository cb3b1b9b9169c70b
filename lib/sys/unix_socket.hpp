// SPDX-License-Identifier: Apache-2.0
// Unix stream sockets that receive file descriptors.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "sys/fd.hpp"

namespace crunc::sys {

/// The longest path that fits into a socket's address.
inline constexpr size_t longest_socket_path = 107;

/// A non-blocking socket that listens at `path`, with mode 0600; nothing is left there on failure. A path that is too
/// long for an address is bound by way of its directory's descriptor. EADDRINUSE when something is there.
[[nodiscard]] SysResult<Fd> listen_at(const std::string& path);

/// The next connection, non-blocking; EAGAIN when there is none.
[[nodiscard]] SysResult<Fd> accept_connection(int listener);

/// The effective user who connected.
[[nodiscard]] SysResult<uid_t> peer_uid(int connection);

struct FdMessage {
  std::string payload{};  ///< empty: the peer has closed
  std::vector<Fd> fds{};
  bool fds_lost = false;  ///< the kernel could not install all of them (MSG_CTRUNC)
};

/// One message of at most `limit` bytes (longer ones lose their end), with every descriptor that came along.
[[nodiscard]] SysResult<FdMessage> receive_message(int connection, size_t limit);

}  // namespace crunc::sys
