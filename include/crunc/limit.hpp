// SPDX-License-Identifier: Apache-2.0
// A limit of a cgroup, which may be none at all.
#pragma once

#include <cstdint>
#include <optional>

namespace crunc {

/// A limit: a number, or none at all.
///
/// Remembers which of the kernel's numbers for "none" was printed, but all of those compare equal.
class Limit {
 public:
  /// No limit.
  constexpr Limit() noexcept = default;
  /// A limit as cgroups and runtimes print it: "none" is a number close to 2^63 (v1) or 2^64-1 (v2).
  constexpr explicit Limit(std::uint64_t printed) noexcept : printed_(printed) {}

  /// @source mm/page_counter: v1 prints LONG_MAX rounded down to pages, of up to 64 KiB
  [[nodiscard]] constexpr bool unlimited() const noexcept { return printed_ >= 9223372036854710272U; }
  [[nodiscard]] constexpr std::optional<std::uint64_t> number() const noexcept {
    return unlimited() ? std::nullopt : std::optional(printed_);
  }
  [[nodiscard]] constexpr std::uint64_t printed() const noexcept { return printed_; }

  friend constexpr bool operator==(Limit a, Limit b) noexcept {
    return a.printed_ == b.printed_ || (a.unlimited() && b.unlimited());
  }

 private:
  std::uint64_t printed_ = UINT64_MAX;
};

}  // namespace crunc
