// SPDX-License-Identifier: Apache-2.0
// The one shape of everything that waits: an Operation does what can be done now and names what it waits for next. It
// never waits itself, so the blocking and the asynchronous face are two loops around the very same object.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include <crunc/prepared.hpp>

namespace crunc::process {

using Clock = std::chrono::steady_clock;

enum class Readiness : std::uint8_t {
  readable,
  writable,
  priority  ///< POLLPRI, by which files of cgroups tell that they have changed
};

/// What an operation waits for: any of these descriptors becoming ready, or the time.
struct Interest {
  struct Entry {
    int fd;
    Readiness readiness;
  };
  static constexpr std::size_t most = 8;
  std::array<Entry, most> entries{};
  std::size_t count = 0;
  std::optional<Clock::time_point> until{};

  void add(int fd, Readiness readiness = Readiness::readable) noexcept { entries[count++] = {fd, readiness}; }
  /// Not to wait beyond `time`.
  void add(Clock::time_point time) noexcept { until = until ? std::min(*until, time) : time; }
};

enum class Urgency : std::uint8_t {
  polite,  ///< SIGTERM, a grace, SIGKILL
  at_once  ///< SIGKILL
};

/// Something that goes on until it is done. Not thread-safe: whoever drives it sees to that.
class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// Do what can be done now, without waiting. The first call begins the operation. True once it is over; it is not
  /// called again then.
  virtual bool step() = 0;

  /// What to wait for before the next step(). A descriptor that was named once stays open until the operation is
  /// destroyed, so that a driver may keep it registered.
  [[nodiscard]] virtual Interest interest() const = 0;

  /// End it early; it still goes on until step() says that it is over. Before the first step: nothing is begun.
  virtual void cancel(Urgency urgency) = 0;
};

/// Drive an operation to its end on the calling thread. `stop` cancels it politely.
void drive(Operation& operation, const std::stop_token& stop);

/// The blocking face of what is prepared.
template <class T>
Result<T> block(const detail::Prepared<T>& prepared) {
  drive(*prepared.operation, prepared.stop);
  return prepared.finish(*prepared.operation);
}

}  // namespace crunc::process
