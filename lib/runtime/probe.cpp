// SPDX-License-Identifier: Apache-2.0
// The memory of what runtime binaries said of themselves.

#include "runtime/probe.hpp"

#include "sys/calls.hpp"

namespace crunc::runtime {

std::optional<BinaryKey> key_of(const std::string& path) {
  struct stat status {};
  if (sys::calls().stat(path.c_str(), &status) != 0) return std::nullopt;
  constexpr std::int64_t nanoseconds = 1'000'000'000;
  return BinaryKey{.device = status.st_dev,
                   .inode = status.st_ino,
                   .modified_ns = status.st_mtim.tv_sec * nanoseconds + status.st_mtim.tv_nsec};
}

std::optional<Version> ProbeCache::find(const BinaryKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = versions_.find(key);
  return found == versions_.end() ? std::nullopt : std::optional(found->second);
}

void ProbeCache::store(const BinaryKey& key, Version version) {
  const std::scoped_lock lock(mutex_);
  versions_.insert_or_assign(key, std::move(version));
}

}  // namespace crunc::runtime
