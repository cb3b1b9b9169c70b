// SPDX-License-Identifier: Apache-2.0
//
// The counter of hang-ups: a read and a write in the table of system calls that tell what they saw.
#include "support/relay_scene.hpp"

#include <atomic>
#include <cerrno>

#include "sys/calls.hpp"

namespace crunc::test {
namespace {

std::atomic<int> hang_ups;

ssize_t count_if(bool seen, ssize_t result) {
  const int error = errno;
  if (seen) {
    ++hang_ups;
    hang_ups.notify_all();
  }
  errno = error;
  return result;
}
ssize_t counting_read(int fd, void* buffer, size_t size) {
  const ssize_t got = sys::kernel_calls().read(fd, buffer, size);
  return count_if(got < 0 && errno == EIO, got);
}
ssize_t counting_write(int fd, const void* bytes, size_t size) {
  const ssize_t put = sys::kernel_calls().write(fd, bytes, size);
  return count_if(put < 0 && errno == EAGAIN, put);
}

const sys::Calls& counting_calls() {
  static const sys::Calls table = [] {
    sys::Calls counting = sys::kernel_calls();
    counting.read = counting_read;
    counting.write = counting_write;
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

int CountHangUps::count() const { return hang_ups; }

}  // namespace crunc::test
