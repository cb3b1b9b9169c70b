// SPDX-License-Identifier: Apache-2.0
//
// The counter of hang-ups: a read in the table of system calls that tells what it saw.
#include "support/relay_scene.hpp"

#include <atomic>
#include <cerrno>

#include "sys/calls.hpp"

namespace crunc::test {
namespace {

std::atomic<int> hang_ups;

ssize_t counting_read(int fd, void* buffer, size_t size) {
  const ssize_t got = sys::kernel_calls().read(fd, buffer, size);
  const int error = errno;
  if (got < 0 && error == EIO) {
    ++hang_ups;
    hang_ups.notify_all();
  }
  errno = error;
  return got;
}

const sys::Calls& counting_calls() {
  static const sys::Calls table = [] {
    sys::Calls counting = sys::kernel_calls();
    counting.read = counting_read;
    return counting;
  }();
  return table;
}

std::optional<sys::ReplacedCalls> replaced;

}  // namespace

CountHangUps::CountHangUps() {
  hang_ups = 0;
  replaced.emplace(counting_calls());
}
CountHangUps::~CountHangUps() { replaced.reset(); }

void CountHangUps::await(int count) const {
  for (int seen = hang_ups; seen < count; seen = hang_ups) hang_ups.wait(seen);
}

}  // namespace crunc::test
