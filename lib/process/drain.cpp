// SPDX-License-Identifier: Apache-2.0
// Reading of captured output. The limit bounds memory, never the reading: a child must not block on a full pipe.

#include "process/drain.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sys/calls.hpp"

namespace crunc::process {
namespace {

constexpr std::size_t chunk_size = std::size_t{64} * 1024;  // the default capacity of a pipe
constexpr int most_chunks_at_once = 8;

}  // namespace

void Drain::pump() {
  if (!reader_) return;
  for (int i = 0; i < most_chunks_at_once && !ended_; ++i) {
    if (read_some(chunk_size) < chunk_size) return;
  }
}

void Drain::finish() {
  if (ended_ || !reader_) return;
  const sys::SysResult<std::size_t> readable = sys::readable_bytes(reader_.get());
  if (!readable) error_ = readable.error();
  std::size_t left = readable ? *readable : 0;
  while (left > 0 && !ended_) {
    const std::size_t got = read_some(std::min(left, chunk_size));
    if (got == 0) break;
    left -= got;
  }
  ended_ = true;
}

std::size_t Drain::read_some(std::size_t most) {
  std::array<char, chunk_size> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  for (;;) {
    const ssize_t got = sys::calls().read(reader_.get(), buffer.data(), most);
    if (got > 0) {
      store(buffer.data(), static_cast<std::size_t>(got));
      return static_cast<std::size_t>(got);
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return 0;
    if (got < 0) error_ = sys::last_error();
    ended_ = true;
    return 0;
  }
}

void Drain::store(const char* bytes, std::size_t count) {
  if (sink_) return sink_({bytes, count});
  if (keep_ == Keep::beginning) {
    const std::size_t fits = std::min(count, limit_ - std::min(limit_, kept_.size()));
    kept_.append(bytes, fits);
    truncated_ = truncated_ || fits < count;
    return;
  }
  kept_.append(bytes, count);
  if (kept_.size() > 2 * limit_) {
    kept_.erase(0, kept_.size() - limit_);
    truncated_ = true;
  }
}

std::string Drain::take() {
  if (kept_.size() > limit_) {
    kept_.erase(0, kept_.size() - limit_);
    truncated_ = true;
  }
  return std::exchange(kept_, {});
}

}  // namespace crunc::process
