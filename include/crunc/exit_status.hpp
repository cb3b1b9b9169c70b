// SPDX-License-Identifier: Apache-2.0
// How a process ended: exited(code), signaled(signo) or lost. Never a number that mixes the three up.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include <crunc/config.hpp>

namespace crunc {

/// What a process used, and those of its children that it waited for. @source getrusage(2), RUSAGE_BOTH of wait4(2)
struct ResourceUsage {
  std::chrono::microseconds user{};    ///< time on a CPU in user mode
  std::chrono::microseconds system{};  ///< and in the kernel
  std::uint64_t max_rss_bytes = 0;     ///< the most memory that was resident at once, of any one of them
  bool operator==(const ResourceUsage&) const = default;
};

/// How a process ended.
///
/// There are three ways and no fourth: it exited with a code, a signal killed it, or somebody else reaped it and the
/// kernel no longer knows (`lost`). No status is ever invented.
///
/// @note A *container process* that a signal killed is reported by runc and crun as exit code 128+n of the runtime, so
///       here as exited(137) and not as signaled(9): signaled(9) says that the runtime itself was killed.
/// @note go-runc: `Exit.Status` is a plain int, -1 for a runtime that a signal killed and 255 for what went wrong.
/// @threads distinct objects: safe; shared object: safe (const)
class CRUNC_API ExitStatus {
 public:
  using Clock = std::chrono::system_clock;

  enum class Kind : std::uint8_t {
    exited,    ///< by exit(2); code() has the code
    signaled,  ///< by a signal; signal() has its number
    lost       ///< it ended, but another part of the process reaped it and the kernel keeps no record
  };

  /// A process that called exit(2) with `code`, 0..255.
  [[nodiscard]] static ExitStatus exited(int code) noexcept { return {Kind::exited, code, false}; }
  /// A process that signal `signo` killed, with or without a core dump.
  [[nodiscard]] static ExitStatus signaled(int signo, bool core_dumped = false) noexcept {
    return {Kind::signaled, signo, core_dumped};
  }
  /// A process that is known to have ended, and no more than that.
  [[nodiscard]] static ExitStatus lost() noexcept { return {Kind::lost, 0, false}; }
  /// The meaning of a wait status as wait(2) stores it.
  [[nodiscard]] static ExitStatus from_wait_status(int wait_status) noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// The exit code, 0..255; nothing unless it exited.
  [[nodiscard]] std::optional<int> code() const noexcept;
  /// The number of the signal that killed it; nothing unless one did.
  [[nodiscard]] std::optional<int> signal() const noexcept;
  [[nodiscard]] bool core_dumped() const noexcept { return core_dumped_; }
  /// Whether it exited with code 0.
  [[nodiscard]] bool success() const noexcept { return kind_ == Kind::exited && value_ == 0; }

  /// When the end was noticed (not when it happened), by the wall clock.
  [[nodiscard]] Clock::time_point time() const noexcept { return time_; }
  void set_time(Clock::time_point when) noexcept { time_ = when; }

  /// What it used: of a child that this library or a SubreaperMonitor reaped; nothing where somebody else did.
  [[nodiscard]] const std::optional<ResourceUsage>& usage() const noexcept { return usage_; }
  void set_usage(const ResourceUsage& usage) noexcept { usage_ = usage; }

  /// "exited(7)", "signaled(9)", "signaled(11, core dumped)" or "lost".
  [[nodiscard]] std::string to_string() const;

  /// Equal when kind and code or signal are; time and usage do not count.
  friend bool operator==(const ExitStatus& a, const ExitStatus& b) noexcept {
    return a.kind_ == b.kind_ && a.value_ == b.value_;
  }

 private:
  ExitStatus(Kind kind, int value, bool core_dumped) noexcept : kind_(kind), core_dumped_(core_dumped), value_(value) {}

  Kind kind_;
  bool core_dumped_;
  int value_;
  Clock::time_point time_{};
  std::optional<ResourceUsage> usage_{};
};

CRUNC_API std::ostream& operator<<(std::ostream& out, const ExitStatus& status);

}  // namespace crunc
