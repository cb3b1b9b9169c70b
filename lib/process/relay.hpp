// SPDX-License-Identifier: Apache-2.0
// The operation that copies between a pty's master and two streams of the caller's, until the terminal's process has
// ended and its last output is written.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <crunc/console.hpp>

#include "process/hang_up.hpp"
#include "process/operation.hpp"
#include "sys/borrowed_stream.hpp"
#include "sys/fd.hpp"

namespace crunc::process {

/// Bytes under way in one direction: filled only when empty, so that none is read that there is no room for.
class Cargo {
 public:
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  [[nodiscard]] char* space() noexcept { return buffer_.data(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return buffer_.size(); }
  void load(std::size_t count) noexcept {
    begin_ = 0;
    end_ = count;
  }
  void unload(std::size_t count) noexcept { begin_ += count; }

 private:
  std::array<char, std::size_t{16} * 1024> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class Relay final : public Operation {
 public:
  /// The ends of a relay, each with an owner of its own.
  struct Ends {
    sys::Fd master{};
    std::optional<sys::BorrowedStream> in{};
    sys::BorrowedStream out{};
    sys::Fd pidfd{};
    std::optional<RuntimeProcess> runtime{};
  };
  Relay(Ends ends, InputEnd input_end, std::chrono::milliseconds linger)
      : ends_(std::move(ends)), input_end_(input_end), linger_(linger) {}
  /// A relay that cannot begin.
  explicit Relay(Error refused) : error_(std::move(refused)) {}

  bool step() override;
  [[nodiscard]] Interest interest() const override;
  void cancel(Urgency urgency) override;

  /// Valid once step() has said that it is over.
  [[nodiscard]] Result<Relayed> result() const;

 private:
  enum class Phase : std::uint8_t {
    copying,     ///< both directions
    draining,    ///< the process has ended: output only, until nobody has the terminal open
    putting_off  ///< cancelled: what was read is still written
  };

  [[nodiscard]] bool has_process() const noexcept { return ends_.pidfd || ends_.runtime; }
  [[nodiscard]] bool process_has_ended() const noexcept;
  void add_end_of_process(Interest& interest) const;
  void look_for_end();
  void carry_output();
  void carry_input();
  bool fetch_output();
  bool deliver_output();
  bool fetch_input();
  bool deliver_input();
  void end_input();
  void look_at_the_clock();
  void fail(const char* what);

  Ends ends_{};
  InputEnd input_end_ = InputEnd::nothing;
  std::chrono::milliseconds linger_{};
  Phase phase_ = Phase::copying;
  bool over_ = false;
  std::optional<Error> error_{};
  Relayed relayed_{};
  std::optional<Clock::time_point> deadline_{};  ///< of draining and of putting off
  std::uint64_t drained_bytes_ = 0;
  bool drained_ = false;  ///< all that the process itself wrote has been read
  Cargo output_{};
  Cargo input_{};
  HangUp output_hang_up_{};
  HangUp input_hang_up_{};
  bool input_ended_ = false;
  char last_typed_ = '\n';
};

}  // namespace crunc::process
