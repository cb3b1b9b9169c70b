// SPDX-License-Identifier: Apache-2.0
// Console: the master of a container's terminal, and RawMode for the terminal on this side.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include <crunc/config.hpp>
#include <crunc/descriptor.hpp>
#include <crunc/error.hpp>
#include <crunc/io.hpp>
#include <crunc/options.hpp>
#include <crunc/prepared.hpp>

namespace crunc {

/// The size of a terminal in characters.
struct Winsize {
  std::uint16_t columns = 0;
  std::uint16_t rows = 0;
  friend bool operator==(const Winsize&, const Winsize&) = default;
};

enum class Echo : std::uint8_t { off, on };

/// What the end of the input means to the process.
enum class InputEnd : std::uint8_t {
  nothing,  ///< nothing: whoever types may come back
  eof       ///< the terminal's end-of-file character (^D), after which a reader of whole lines sees the end
};

/// How a relay goes on and when it ends.
struct RelayOptions {
  std::stop_token stop{};  ///< ends it with Errc::cancelled, after what was read is written (for 1 s at most)
  /// A pidfd of the process whose terminal it is: the relay ends when that has ended and all its output is written.
  /// It need not be kept open. From a PidfdSocket, or pidfd_open(2) of the pid file's pid.
  int pidfd = -1;
  /// Instead of a pidfd: the runtime, if the call is one that lasts as long as the process (no create, no `detach`).
  std::optional<RuntimeProcess> runtime{};
  InputEnd input_end = InputEnd::nothing;
  /// How long after its end others that still have the terminal open are listened to.
  std::chrono::milliseconds linger = std::chrono::seconds(10);
  Executor executor{};  ///< where async_relay() does its I/O; unset: the token's executor, else the system's
};

/// What a relay carried.
struct Relayed {
  std::uint64_t to_process_bytes = 0;
  std::uint64_t from_process_bytes = 0;
  bool left_open = false;  ///< somebody else still had the terminal open when `linger` was over
};

/// The master of a pty: what the process prints can be read from it, what is written to it the process reads.
///
/// The process' end is not the end of what can be read: its last output stays in the pty until it is read.
/// The descriptor is non-blocking, and closed with this object; that hangs the terminal up.
/// @threads distinct objects: safe; shared object: safe (const), but two readers take each other's bytes
class CRUNC_API Console {
 public:
  /// Take a pty master over. It is closed if it is none.
  /// @errors malformed_output: no terminal, or a slave; system_error
  [[nodiscard]] static Result<Console> adopt(Descriptor master);

  [[nodiscard]] int fd() const noexcept { return master_.fd(); }
  /// Give the descriptor away: the caller closes it.
  [[nodiscard]] int release() noexcept { return master_.release(); }

  /// The slave's name, such as "/dev/pts/0". It is one in the container: on the host this may be another terminal.
  /// @errors system_error
  [[nodiscard]] Result<std::string> name() const;
  /// Open the slave, whatever its name; it does not become this process' controlling terminal.
  /// @errors system_error
  [[nodiscard]] Result<Descriptor> open_peer() const;

  /// @errors system_error
  [[nodiscard]] Result<Winsize> size() const;
  /// Set the size; the process in the foreground gets SIGWINCH.
  /// @errors system_error
  [[nodiscard]] Result<void> resize(Winsize size) const;
  /// Set the size of another terminal, such as the one that this process runs in: at the start and on SIGWINCH.
  /// @errors system_error
  [[nodiscard]] Result<void> resize_from(int tty) const;
  /// Whether the terminal repeats what is typed.
  /// @errors system_error
  [[nodiscard]] Result<void> set_echo(Echo echo) const;

  /// Read what the process has printed, waiting for the first of it.
  ///
  /// @return how many bytes; 0 when nobody has the terminal open. While the process lives that may change.
  /// @errors timed_out, system_error
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer, std::chrono::milliseconds timeout = no_deadline) const;
  /// Type for the process, waiting for room.
  ///
  /// @return how many bytes were taken: all, unless the time was up
  /// @errors system_error
  [[nodiscard]] Result<std::size_t> write(std::string_view bytes,
                                          std::chrono::milliseconds timeout = no_deadline) const;

  /// Copy `in` to the process and its output to `out`, until the process has ended and its output is written.
  ///
  /// That all processes close the terminal is no end while the one named in `options` lives; if none is named it is. An
  /// `out` that is slow holds the process up, and no byte is lost. The end of `in`, or its loss, ends nothing.
  ///
  /// @param in   a descriptor of the caller's, who may close it once this (async: the initiation) has begun; -1: no
  ///             input. Neither `in` nor `out` is made non-blocking for others, unless they are sockets, and those only
  ///             for as long as it lasts.
  /// @param out  the same; a broken pipe is an error and no SIGPIPE
  /// @errors     cancelled; system_error: of `in`, `out` or the pty. The relay may then be started again; of what was
  ///             read, only what `out` did not take is lost.
  [[nodiscard]] Result<Relayed> relay(int in, int out, const RelayOptions& options = {}) const;
  /// The same for a completion token, with <crunc/async.hpp>; signature void(Result<Relayed>). It goes on without this
  /// object.
  template <class Token>
  auto async_relay(int in, int out, RelayOptions options, Token&& token) const;

 private:
  explicit Console(Descriptor master) noexcept : master_(std::move(master)) {}
  [[nodiscard]] detail::Prepared<Relayed> prepare(int in, int out, const RelayOptions& options) const;
  Descriptor master_;
};

/// Puts a terminal of this process into raw mode, and back when it goes: keys then reach the container's terminal as
/// they are typed. Output processing (OPOST) stays, so that this process' own lines come out right.
///
/// A signal that ends the process runs no destructor: call restore() in its handler.
/// @threads distinct objects: safe; shared object: one thread at a time, and a signal handler
class CRUNC_API RawMode {
 public:
  /// @param tty  need not be kept open
  /// @errors system_error: not a terminal (inappropriate_io_control_operation)
  [[nodiscard]] static Result<RawMode> enter(int tty);
  RawMode(RawMode&& other) noexcept;
  RawMode& operator=(RawMode&& other) noexcept;
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

  /// Put the terminal back now. Does nothing the second time. Async-signal-safe.
  void restore() noexcept;

 private:
  struct State;
  explicit RawMode(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// The terminal that this process runs in: stderr, stdout or stdin, whichever is one, else /dev/tty.
/// @errors system_error: there is none
[[nodiscard]] CRUNC_API Result<Descriptor> host_terminal();

}  // namespace crunc
