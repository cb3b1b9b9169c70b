// SPDX-License-Identifier: Apache-2.0
//
// The test's end of the fake runtime's barriers, in place of sleeps. Each waits for its partner for at most
// half a minute and then throws, so that a broken test ends by itself.
#pragma once

#include <filesystem>

namespace crunc::test {

/// Wait until a fake runtime has come to its `open_write FIFO`.
void await_arrival(const std::filesystem::path& fifo);

/// Let a fake runtime go on that waits, or will wait, at its `open_read FIFO`.
void let_go(const std::filesystem::path& fifo);

/// The writing end of a fifo: while it is open, an `open_read` waits and the child of a `hold` lives.
class FifoWriter {
 public:
  /// Wait for the reader.
  explicit FifoWriter(const std::filesystem::path& fifo);
  ~FifoWriter() { close(); }
  FifoWriter(const FifoWriter&) = delete;
  FifoWriter& operator=(const FifoWriter&) = delete;

  void close() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace crunc::test
