// SPDX-License-Identifier: Apache-2.0
// Moves bytes from a descriptor to an outlet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <crunc/error.hpp>

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

/// Moves what can be moved now, and names what to wait for: a part of an Operation.
///
/// It has no buffer: what the outlet does not take at once is kept, and nothing more is read before that is gone.
///
/// That nobody has the source open is its end only after its process' end. Before, a terminal may be opened again,
/// and of a named pipe it says too little: read(2) gives 0 before the first writer has come, and after
/// the last has gone. poll(2) knows the two apart, by POLLHUP in the second case; only then is waiting for it of no
/// use.
class Pump {
 public:
  /// @param source  of one's own, non-blocking: a pty's master, or an end of a pipe
  Pump(sys::Fd source, std::unique_ptr<Outlet> outlet);
  Pump(sys::BorrowedStream source, std::unique_ptr<Outlet> outlet);

  /// Move a bounded amount: one writer that never pauses must not keep the others waiting.
  void step();

  /// The descriptor to be readable before the next step(); -1: none.
  [[nodiscard]] int reads() const noexcept;
  /// The descriptor to be writable before the next step(); -1: none. Only one of the two is there.
  [[nodiscard]] int writes() const noexcept;
  /// When to step() in any case.
  [[nodiscard]] std::optional<process::Clock::time_point> looks_again() const noexcept;

  /// The process has ended: the end of the source is the end from now on. To be followed by step().
  void process_ended() noexcept;
  /// The process has ended, and what was in the source at that moment is with the outlet, or lost.
  [[nodiscard]] bool is_drained() const noexcept { return drained_; }
  /// Nothing more will come: nobody has the source open after the process' end, or it cannot be read.
  [[nodiscard]] bool is_over() const noexcept { return over_ && pending_.empty(); }

  /// What was lost since the last time. An outlet that has failed is tried again with the next bytes.
  [[nodiscard]] std::optional<Lost> take_loss();

 private:
  enum class Kind : std::uint8_t { pipe, terminal, other };
  [[nodiscard]] static Kind kind_of(int fd) noexcept;
  [[nodiscard]] bool has_settled_pending();
  [[nodiscard]] bool may_read() const noexcept;
  [[nodiscard]] std::size_t fetch();
  [[nodiscard]] std::size_t hand_on(std::string_view bytes);
  void found_nothing(ssize_t got, int error);
  void end() noexcept;
  void lose(std::uint64_t bytes, const Error& error);
  void note_drained() noexcept;

  sys::BorrowedStream source_;
  std::unique_ptr<Outlet> outlet_;
  Kind kind_;
  std::string pending_{};
  std::size_t handed_on_ = 0;  ///< of pending_
  process::HangUp hang_up_;
  std::unique_ptr<Lost> lost_{};
  std::uint64_t own_left_ = 0;  ///< how many bytes, at most, may still be the process' own after its end
  bool process_ended_ = false;
  bool exhausted_ = false;  ///< all that the process itself wrote has been read
  bool drained_ = false;
  bool over_ = false;
};

}  // namespace crunc::task
