// SPDX-License-Identifier: Apache-2.0
// What is known of runtime binaries: each is asked for its version once, when a call first needs to know.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include <sys/types.h>

#include <crunc/container.hpp>

namespace crunc::runtime {

/// One file as it is now: another file of the same name, or a new version of it, is another binary.
struct BinaryKey {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t modified_ns = 0;
  friend auto operator<=>(const BinaryKey&, const BinaryKey&) = default;
};

/// The key of a file; nothing if it cannot be looked at.
[[nodiscard]] std::optional<BinaryKey> key_of(const std::string& path);

/// Versions by binary.
/// @threads safe
class ProbeCache {
 public:
  [[nodiscard]] std::optional<Version> find(const BinaryKey& key) const;
  void store(const BinaryKey& key, Version version);

 private:
  mutable std::mutex mutex_;
  std::map<BinaryKey, Version> versions_;
};

}  // namespace crunc::runtime
