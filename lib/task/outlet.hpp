// SPDX-License-Identifier: Apache-2.0
// Where pumped bytes go.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <crunc/error.hpp>
#include <crunc/task_io.hpp>

#include "process/hang_up.hpp"
#include "process/operation.hpp"
#include "sys/borrowed_stream.hpp"
#include "sys/fd.hpp"

namespace crunc::task {

/// Takes bytes without waiting. One that has failed may be tried again: disks get room, and files come back.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;

  /// Take what there is room for now; fewer than `bytes` has mean that there is no more room. An Error names the
  /// object, and nothing was taken then.
  [[nodiscard]] virtual Result<std::size_t> write(std::string_view bytes) = 0;
  /// The descriptor that becomes writable when there is room again; -1: there is always room, or looks_again() is set.
  /// It stays open for as long as the outlet lives.
  [[nodiscard]] virtual int waits_for() const noexcept { return -1; }
  /// When to try again, where no descriptor tells of room.
  [[nodiscard]] virtual std::optional<process::Clock::time_point> looks_again() const noexcept { return {}; }
};

/// Nowhere.
class NullOutlet final : public Outlet {
 public:
  [[nodiscard]] Result<std::size_t> write(std::string_view bytes) override { return bytes.size(); }
};

/// A function. What it throws is an Error.
class CallbackOutlet final : public Outlet {
 public:
  explicit CallbackOutlet(Sink::Callback callback) : callback_(std::move(callback)) {}
  [[nodiscard]] Result<std::size_t> write(std::string_view bytes) override;

 private:
  Sink::Callback callback_;
};

/// A descriptor. A reader that is gone is an Error and no SIGPIPE.
class FdOutlet final : public Outlet {
 public:
  /// @param name  for errors: a path, "stdout", "the terminal"
  FdOutlet(sys::BorrowedStream stream, std::string name);
  [[nodiscard]] Result<std::size_t> write(std::string_view bytes) override;
  [[nodiscard]] int waits_for() const noexcept override { return hang_up_ ? -1 : stream_.fd(); }
  [[nodiscard]] std::optional<process::Clock::time_point> looks_again() const noexcept override {
    return hang_up_.next_look();
  }

 private:
  sys::BorrowedStream stream_;
  std::string name_;
  bool is_master_;
  process::HangUp hang_up_{};  ///< of a terminal
};

/// The outlet of a rotated file, a callback or a plain stream; a logger has none, for it reads by itself. A descriptor
/// of the caller's is not made non-blocking for others, see sys::BorrowedStream; one that was handed over is taken.
/// @errors system_error, invalid_argument
[[nodiscard]] Result<std::unique_ptr<Outlet>> make_outlet(const Sink& sink);

/// The outlet of a descriptor of one's own, non-blocking; `name` is for errors.
[[nodiscard]] Result<std::unique_ptr<Outlet>> make_outlet(sys::Fd fd, std::string name);

}  // namespace crunc::task
