// SPDX-License-Identifier: Apache-2.0
// Which devices a cgroup may use: rules as cgroup v1 keeps them, and the BPF program that says the same on v2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <crunc/config.hpp>
#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::cgroups {

/// The numbers are the kernel's, in what a device program is given.
/// @source linux/bpf.h BPF_DEVCG_DEV_*
enum class DeviceType : std::uint8_t { block = 1, character = 2 };

/// A set of what may be done to a device. The numbers are the kernel's.
/// @source linux/bpf.h BPF_DEVCG_ACC_*
struct DeviceAccess {
  static constexpr std::uint8_t mknod = 1;
  static constexpr std::uint8_t read = 2;
  static constexpr std::uint8_t write = 4;
  static constexpr std::uint8_t all = 7;
};

/// A rule of resources.devices, checked.
struct DeviceRule {
  bool allow = false;                       ///< else deny
  std::optional<DeviceType> type{};         ///< absent: of either type
  std::optional<std::uint32_t> major{};     ///< absent: any
  std::optional<std::uint32_t> minor{};     ///< absent: any
  std::uint8_t access = DeviceAccess::all;  ///< of the bits of DeviceAccess, at least one

  /// Whether it is about every device and every access.
  [[nodiscard]] bool is_about_all() const noexcept { return !type && !major && !minor && access == DeviceAccess::all; }
  friend bool operator==(const DeviceRule&, const DeviceRule&) = default;
};

/// The rules of resources.devices, checked. A major or minor of -1 is any, as runc has it.
/// @return Errc::invalid_argument with the JSON Pointer of what is wrong: a type other than "a", "b" and "c"; no
/// access,
///         or another letter than r, w and m; a number below -1 or beyond 2^31-1
/// @note containerd/cgroups: an absent type is refused, absent numbers are a null dereference
[[nodiscard]] CRUNC_API Result<std::vector<DeviceRule>> read_device_rules(const std::vector<oci::DeviceCgroup>& rules);

/// What runtimes allow beside the rules of a bundle: mknod of every device; null, zero, full, random, urandom, tty,
/// console, ptmx and pts, and net/tun.
/// @source crun 1.8 ebpf.c
/// @note runc's AllowedDevices are the same without console
[[nodiscard]] CRUNC_API std::vector<oci::DeviceCgroup> default_device_rules();

/// The devices of a cgroup as v1 keeps them: a default, and exceptions from it.
///
/// With it a change is but the difference: devices that stay allowed are never denied for a moment.
/// @source runc's libcontainer/cgroups/devices emulator; kernel admin-guide/cgroup-v1/devices.rst
class CRUNC_API DeviceRules {
 public:
  /// A write to devices.allow or to devices.deny.
  struct Write {
    bool allow = false;
    std::string rule{};  ///< such as "c 1:3 rwm"; one write(2) takes one rule, the kernel drops a second one silently
    friend bool operator==(const Write&, const Write&) = default;
  };

  /// Nothing is allowed.
  DeviceRules() = default;

  /// What comes of rules in their order, from a cgroup that allows nothing.
  /// @return Errc::invalid_argument for a rule that would take devices out of a wildcard's, which v1 ignores silently
  /// @note libcontainer: of a rule with type "a" all else is ignored, so that `allow a 1:3 r` allows everything; here
  ///       it is about block and character devices 1:3. A rule that takes back narrower ones (deny c *:* r after
  ///       allow c 1:3 rw) does nothing there, as in the kernel; here it does what it says
  [[nodiscard]] static Result<DeviceRules> from(const std::vector<DeviceRule>& rules);

  /// What devices.list prints. Of a cgroup that allows by default it does not print the exceptions.
  /// @return Errc::malformed_output for a line that is none
  [[nodiscard]] static Result<DeviceRules> parse(std::string_view devices_list);

  /// Whether what is no exception is allowed.
  [[nodiscard]] bool allows_by_default() const noexcept { return allows_by_default_; }
  /// The exceptions, each with a type, in the order of type and numbers.
  [[nodiscard]] std::vector<DeviceRule> exceptions() const;

  /// The fewest writes that make of these rules `target`. What is dropped comes before what is added; where defaults
  /// differ, and where these rules allow by default, all is written anew.
  [[nodiscard]] std::vector<Write> writes_to(const DeviceRules& target) const;

  /// Whether a cgroup that reads as `now` can be in this state: the same, or (by default allowed) the same default.
  [[nodiscard]] bool reads_as(const DeviceRules& now) const noexcept;

  friend bool operator==(const DeviceRules&, const DeviceRules&) = default;

 private:
  using Key = std::tuple<DeviceType, std::optional<std::uint32_t>, std::optional<std::uint32_t>>;
  using Exceptions = std::map<Key, std::uint8_t>;

  Result<void> add(const DeviceRule& rule, std::size_t index);
  Result<void> except(const DeviceRule& rule, std::size_t index);

  bool allows_by_default_ = false;
  Exceptions exceptions_{};
};

/// A program of type BPF_PROG_TYPE_CGROUP_DEVICE.
struct DeviceProgram {
  /// One instruction; the fields of the kernel's struct bpf_insn.
  struct Instruction {
    std::uint8_t code = 0;
    std::uint8_t dst = 0;
    std::uint8_t src = 0;
    std::int16_t offset = 0;
    std::int32_t immediate = 0;
    friend bool operator==(const Instruction&, const Instruction&) = default;
  };

  std::vector<Instruction> instructions{};
  bool allows_everything = false;  ///< it denies nothing, so that nothing is lost where it cannot be attached

  friend bool operator==(const DeviceProgram&, const DeviceProgram&) = default;
};

/// The program that decides as the rules do: the last one that covers all that is asked for wins; without one, deny.
/// @note containerd/cgroups: one allowed bit is enough for all that is asked, so that a rule "r" lets O_RDWR through
/// @note libcontainer: rules that take devices out of a wildcard's are refused, on v2, too
[[nodiscard]] CRUNC_API DeviceProgram make_device_program(const std::vector<DeviceRule>& rules);

/// Put a program in the place of all device programs of a cgroup v2 that can be seen, its directory given by
/// descriptor. There is no moment at which none is attached. Programs that may not be opened (those of systemd) stay.
/// @return Errc::unsupported where the kernel has no device programs, else Errc::system_error with what bpf(2) said
/// @note containerd/cgroups: each update attaches one more, and all of them must allow
[[nodiscard]] CRUNC_API Result<void> attach(const DeviceProgram& program, int cgroup_fd);

/// The ids of the device programs that are attached to a cgroup v2.
/// @note systemd may accept a program and attach none (crun #1854): look
[[nodiscard]] CRUNC_API Result<std::vector<std::uint32_t>> attached_device_programs(int cgroup_fd);

}  // namespace crunc::cgroups
