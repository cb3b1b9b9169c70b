// SPDX-License-Identifier: Apache-2.0
//
// Fifos are opened without blocking here: a blocking open would wait for a partner that died for ever.
#include "fifo.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace crunc::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;

[[noreturn]] void give_up(const char* what, const std::filesystem::path& fifo) {
  throw std::runtime_error(std::string(what) + ' ' + fifo.string());
}

}  // namespace

void await_arrival(const std::filesystem::path& fifo) {
  const int fd = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) give_up("cannot open", fifo);
  pollfd wanted{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
  } while (ready < 0 && errno == EINTR);
  ::close(fd);
  if (ready != 1) give_up("nobody came to", fifo);
}

void let_go(const std::filesystem::path& fifo) { FifoWriter{fifo}.close(); }

FifoWriter::FifoWriter(const std::filesystem::path& fifo) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // There is no way to wait for a reader with a deadline but to try again.
  while ((fd_ = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
    if (errno != ENXIO && errno != EINTR) give_up("cannot open", fifo);
    if (std::chrono::steady_clock::now() > deadline) give_up("nobody reads", fifo);
    std::this_thread::sleep_for(1ms);
  }
}

void FifoWriter::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace crunc::test
