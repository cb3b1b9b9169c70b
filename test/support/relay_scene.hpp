// SPDX-License-Identifier: Apache-2.0
//
// What a relay stands between: a terminal with its process, and two pipes on this side. For suites that see the
// library's inside.
#pragma once

#include <future>
#include <optional>

#include <crunc/console.hpp>

#include "support/console_peer.hpp"

namespace crunc::test {

struct Scene {
  explicit Scene(bool cooked = false) {
    Pty pty = open_pty(cooked);
    console.emplace(Console::adopt(std::move(pty.master)).value());
    slave = std::move(pty.slave);
  }
  /// Runs the relay in a thread of its own, between the two pipes or other descriptors.
  std::future<Result<Relayed>> start(RelayOptions options = {}) {
    return start(in.reader.fd(), out.writer.fd(), std::move(options));
  }
  std::future<Result<Relayed>> start(int from, int to, RelayOptions options = {}) {
    options.pidfd = process.pidfd();
    return std::async(std::launch::async, [this, from, to, options] { return console->relay(from, to, options); });
  }
  std::string output(std::size_t count) const { return read_bytes(out.reader.fd(), count); }
  /// The process closes the terminal and ends, in this order.
  void end_process() {
    slave.reset();
    process.end();
  }

  LivingProcess process{};
  PipeEnds in = open_pipe();
  PipeEnds out = open_pipe();
  std::optional<Console> console{};
  Descriptor slave{};
};

/// Counts, while it lives, how often a read found that nobody has the terminal open, or a write that there is no room.
/// One at a time.
class CountHangUps {
 public:
  CountHangUps();
  ~CountHangUps();
  CountHangUps(const CountHangUps&) = delete;
  CountHangUps& operator=(const CountHangUps&) = delete;

  /// Wait until there were so many.
  void await(int count) const;
  [[nodiscard]] int count() const;
};

}  // namespace crunc::test
