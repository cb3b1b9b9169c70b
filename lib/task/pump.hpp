// SPDX-License-Identifier: Apache-2.0
// Moves bytes from a descriptor to an outlet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <crunc/error.hpp>
#include <crunc/io.hpp>

#include "process/hang_up.hpp"
#include "process/operation.hpp"
#include "sys/borrowed_stream.hpp"
#include "sys/fd.hpp"
#include "task/outlet.hpp"

namespace crunc::task {

/// What did not get through.
struct Lost {
  std::uint64_t bytes = 0;
  Error error{};  ///< the first one
};

/// Moves what can be moved now, and names what to wait for; for an Operation to have. It has no buffer: what the outlet
/// does not take is kept, and nothing more is read before it is gone.
///
/// That nobody has the source open at a moment is its end only after its process' end. Of a named pipe: it is not open
/// yet before the runtime opens it, which read(2) tells in the same way as its end (0), and only poll(2) tells apart
/// (POLLHUP once there was a writer). Of a terminal: see client.md 6.4.
class Pump {
 public:
  /// @param source  of one's own, non-blocking: a pty's master, or a fifo's end
  Pump(sys::Fd source, std::unique_ptr<Outlet> outlet);
  Pump(sys::BorrowedStream source, std::unique_ptr<Outlet> outlet);

  /// Move a bounded amount: one writer that never pauses must not keep the others waiting.
  void step();

  /// The descriptor to be readable before the next step(); -1: none.
  [[nodiscard]] int reads() const noexcept;
  /// The descriptor to be writable before the next step(); -1: none.
  [[nodiscard]] int writes() const noexcept;
  /// When to step() in any case.
  [[nodiscard]] std::optional<process::Clock::time_point> looks_again() const noexcept;

  /// The process has ended: from now on the end of the source is the end. step() afterwards.
  void process_ended() noexcept;
  /// The process has ended, and what was in the source at that moment is with the outlet, or lost.
  [[nodiscard]] bool is_drained() const noexcept { return drained_; }
  /// Nothing more will come: nobody has the source open after the process' end, or it cannot be read.
  [[nodiscard]] bool is_over() const noexcept { return over_ && pending_.empty(); }

  /// What was lost since the last time. Bytes are lost when the outlet fails; the next ones are tried again.
  [[nodiscard]] std::optional<Lost> take_loss() noexcept;

 private:
  enum class Kind : std::uint8_t { pipe, terminal, other };
  [[nodiscard]] std::size_t fetch();
  void deliver(std::string_view bytes);
  void found_nothing(ssize_t got, int error);
  void lose(std::uint64_t bytes, Error error);
  void look_whether_drained() noexcept;

  sys::BorrowedStream source_;
  std::unique_ptr<Outlet> outlet_;
  Kind kind_;
  std::string pending_{};
  process::HangUp hang_up_;
  std::optional<Lost> lost_{};
  std::uint64_t left_bytes_ = 0;  ///< that may still be the process' own, after its end
  bool ended_ = false;
  bool exhausted_ = false;  ///< after the process' end: all of its own has been read
  bool drained_ = false;
  bool over_ = false;
};

/// What a process that has a terminal reads of a stream of the caller's; without a descriptor for /dev/null.
/// @errors system_error
[[nodiscard]] Result<sys::BorrowedStream> open_source(const Stream& stream);

}  // namespace crunc::task
