// SPDX-License-Identifier: Apache-2.0
// Reads one output of a child into memory, without ever waiting for its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "sys/fd.hpp"

namespace crunc::process {

/// The reading side of a captured stream.
class Drain {
 public:
  enum class Keep : std::uint8_t {
    beginning,  ///< the first `limit` bytes
    tail        ///< the last `limit` bytes
  };

  /// Gets bytes as they are read.
  using Sink = std::function<void(std::string_view)>;

  Drain() = default;
  Drain(sys::Fd reader, Keep keep, std::size_t limit) : reader_(std::move(reader)), keep_(keep), limit_(limit) {}

  /// Hand all that is read to `sink` instead of keeping it; an empty one changes nothing.
  void on_bytes(Sink sink) { sink_ = std::move(sink); }

  /// The descriptor to wait for; -1 once the stream has ended.
  [[nodiscard]] int waiting_for() const noexcept { return ended_ ? -1 : reader_.get(); }

  /// Read what is there, a bounded amount: a writer that never pauses must not keep its other stream waiting.
  void pump();

  /// The child has ended: read what is in the pipe at this moment. All that the child wrote is, while what a process
  /// that inherited the pipe goes on to write is not the call's.
  void finish();

  /// Not all that was written has been kept.
  [[nodiscard]] bool truncated() const noexcept { return truncated_ || error_; }
  /// Why nothing more could be read; none: the stream has ended, or goes on.
  [[nodiscard]] const std::error_code& error() const noexcept { return error_; }
  [[nodiscard]] std::string take();

 private:
  /// Reads once, at most `most` bytes; 0 when nothing is to be had now.
  std::size_t read_some(std::size_t most);
  void store(const char* bytes, std::size_t count);

  sys::Fd reader_{};
  Keep keep_ = Keep::tail;
  std::size_t limit_ = 0;
  bool ended_ = false;
  bool truncated_ = false;
  std::error_code error_{};
  std::string kept_{};
  Sink sink_{};
};

}  // namespace crunc::process
