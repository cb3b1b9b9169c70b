// SPDX-License-Identifier: Apache-2.0
// The kernel's cgroup controllers, and sets of them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <crunc/config.hpp>

namespace crunc::cgroups {

/// A controller by its name on cgroup v1; `io` is v1's blkio. On v2 there is no `cpuacct`, `devices`, `freezer`,
/// `net_cls` and `net_prio`: cpu counts time itself, devices are a BPF program, freezing belongs to every cgroup.
/// @source kernel admin-guide/cgroup-v1 and cgroup-v2.rst
enum class Controller : std::uint8_t {
  cpu,
  cpuacct,
  cpuset,
  memory,
  io,
  pids,
  devices,
  freezer,
  hugetlb,
  net_cls,
  net_prio,
  perf_event,
  rdma,
  misc
};

inline constexpr std::size_t controller_count = 14;

/// The name that the kernel uses: "blkio" for `io` on v1, "io" on v2, the enumerator's own for all others.
[[nodiscard]] CRUNC_API std::string_view to_string(Controller controller, bool on_v2 = true) noexcept;
/// The controller of a name of v1 or v2; nothing for one that is unknown here.
[[nodiscard]] CRUNC_API std::optional<Controller> controller_named(std::string_view name) noexcept;

/// A set of controllers.
class ControllerSet {
 public:
  constexpr ControllerSet() noexcept = default;
  constexpr ControllerSet(std::initializer_list<Controller> members) noexcept {
    for (const Controller member : members) add(member);
  }
  [[nodiscard]] static constexpr ControllerSet all() noexcept {
    return ControllerSet(static_cast<std::uint16_t>((1U << controller_count) - 1));
  }

  constexpr void add(Controller controller) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | bit(controller)); }
  constexpr void remove(Controller controller) noexcept {
    bits_ = static_cast<std::uint16_t>(bits_ & ~bit(controller));
  }
  [[nodiscard]] constexpr bool contains(Controller controller) const noexcept { return (bits_ & bit(controller)) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return static_cast<std::size_t>(std::popcount(bits_)); }

  friend constexpr ControllerSet operator|(ControllerSet a, ControllerSet b) noexcept {
    return ControllerSet(static_cast<std::uint16_t>(a.bits_ | b.bits_));
  }
  friend constexpr ControllerSet operator&(ControllerSet a, ControllerSet b) noexcept {
    return ControllerSet(static_cast<std::uint16_t>(a.bits_ & b.bits_));
  }
  friend constexpr ControllerSet operator-(ControllerSet a, ControllerSet b) noexcept {
    return ControllerSet(static_cast<std::uint16_t>(a.bits_ & ~b.bits_));
  }
  bool operator==(const ControllerSet&) const = default;

  /// Calls `each` with every member, in the enumerators' order.
  template <class Each>
  constexpr void for_each(Each&& each) const {
    for (std::size_t i = 0; i < controller_count; ++i) {
      if (const auto controller = static_cast<Controller>(i); contains(controller)) each(controller);
    }
  }

 private:
  constexpr explicit ControllerSet(std::uint16_t bits) noexcept : bits_(bits) {}
  static constexpr std::uint16_t bit(Controller controller) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(controller));
  }
  std::uint16_t bits_ = 0;
};

/// The members' names of v2, space-separated, as cgroup.subtree_control takes and prints them.
[[nodiscard]] CRUNC_API std::string to_string(ControllerSet set);

}  // namespace crunc::cgroups
