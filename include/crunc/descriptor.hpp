// SPDX-License-Identifier: Apache-2.0
// Descriptor: an open file descriptor with one owner.
#pragma once

#include <utility>

#include <crunc/config.hpp>

namespace crunc {

/// A file descriptor that is closed with its owner.
/// @threads distinct objects: safe; shared object: one thread at a time
class CRUNC_API Descriptor {
 public:
  Descriptor() noexcept = default;
  /// Take `fd` over.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  /// The number; -1 when there is none.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Give the descriptor away: the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Close it now.
  void reset() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace crunc
