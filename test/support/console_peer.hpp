// SPDX-License-Identifier: Apache-2.0
//
// What stands at the other end of a console socket: ptys, connections that send descriptors, and a process that ends
// when it is told to. Everything throws std::system_error when it fails.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/descriptor.hpp>

namespace crunc::test {

struct Pty {
  Descriptor master{};
  Descriptor slave{};
};
/// A pty in raw mode, so that bytes pass as they are; `cooked` leaves the mode that a new terminal has.
[[nodiscard]] Pty open_pty(bool cooked = false);

/// A connection to a unix socket, however long its path.
[[nodiscard]] Descriptor connect_to(const std::filesystem::path& path);

/// Send a payload, which may be empty only without descriptors, in one message.
void send_fds(const Descriptor& connection, std::string_view payload, const std::vector<int>& fds = {});

/// All of what a runtime does: connect, send, close.
void deliver(const std::filesystem::path& path, std::string_view payload, const std::vector<int>& fds = {});

/// Read until there are `count` bytes or the end.
[[nodiscard]] std::string read_bytes(int fd, std::size_t count);
void write_bytes(int fd, std::string_view bytes);

struct PipeEnds {
  Descriptor reader{};
  Descriptor writer{};
};
[[nodiscard]] PipeEnds open_pipe();

/// A child that holds no descriptor of ours and lives until it is ended.
class LivingProcess {
 public:
  LivingProcess();
  ~LivingProcess();
  LivingProcess(const LivingProcess&) = delete;
  LivingProcess& operator=(const LivingProcess&) = delete;

  /// End it, and wait until its pidfd says so.
  void end();
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.fd(); }

 private:
  pid_t pid_ = -1;
  Descriptor pidfd_{};
  Descriptor life_{};
};

}  // namespace crunc::test
