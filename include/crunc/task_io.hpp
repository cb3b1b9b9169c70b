// SPDX-License-Identifier: Apache-2.0
// Where the output of a supervised process goes and where its input comes from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/boxed.hpp>
#include <crunc/config.hpp>
#include <crunc/console.hpp>
#include <crunc/io.hpp>

namespace crunc {

/// When a log file is put aside.
struct Rotation {
  /// A file never gets larger: before it would, it is renamed to "NAME.1", that to "NAME.2" and so on. 0: no rotation.
  std::uint64_t max_bytes = 0;
  /// How many are put aside; the oldest goes. 0: what is full is emptied.
  unsigned keep = 3;
};

/// A program that gets a process' output.
///
/// It is started with the reading ends of stdout and stderr as its descriptors 3 and 4 (one that is not its own is
/// /dev/null), and with a pipe as descriptor 5: it writes a byte to it, or closes it, when it is ready, and the process
/// is not made before. It ends at the end of its input. It reads from the container itself, so it goes on while the
/// supervisor is restarted; a terminal's output it gets from the supervisor.
/// @note containerd: "binary" and "binary-v2" loggers, which find the same descriptors.
struct LoggerCommand {
  std::vector<std::string> argv{};         ///< argv[0] is a path, or a name to look up in PATH
  std::vector<std::string> environment{};  ///< "KEY=value" entries added to this process' environment
  std::chrono::milliseconds ready_timeout = std::chrono::seconds(10);
};

/// Where one output of a supervised process goes.
///
/// What needs nobody in between (null, a descriptor, a file without rotation, a fifo) is the process' own, and goes on
/// whatever becomes of the supervisor. The rest comes through a pipe that the process keeps open for both
/// directions by itself: while a supervisor is restarted what is written waits there, 64 KiB of it, and then the writer
/// waits; no byte is lost, and no writer is killed by SIGPIPE.
class CRUNC_API Sink {
 public:
  enum class Kind : std::uint8_t { stream, rotated_file, logger, callback };
  /// Called with what was written, in order, never two at a time for one sink; on the task's executor. Must not throw.
  using Callback = std::function<void(std::string_view bytes)>;

  /// Nowhere.
  [[nodiscard]] static Sink null() { return stream(Stream::null()); }
  /// A stream of the caller's; not Stream::capture(), which belongs to a call.
  [[nodiscard]] static Sink stream(Stream stream);
  /// Appended to a file, made with mode 0644 if it is not there, as Stream::file(). With a rotation it may be the sink
  /// of several outputs of this process, which stay within the limit together.
  [[nodiscard]] static Sink file(std::filesystem::path path, Rotation rotation = {});
  /// A fifo that is there already. It is held open for reading, too: its reader may come late, go and come again.
  [[nodiscard]] static Sink fifo(std::filesystem::path path) { return stream(Stream::fifo(std::move(path))); }
  /// A program; give both outputs the same one, and it is started once.
  [[nodiscard]] static Sink logger(LoggerCommand command);
  [[nodiscard]] static Sink callback(Callback callback);

  Sink() : Sink(null()) {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const Rotation& rotation() const noexcept { return rotation_; }
  [[nodiscard]] const LoggerCommand& command() const noexcept { return command_; }
  [[nodiscard]] const Callback& on_bytes() const noexcept { return callback_; }

 private:
  Sink(Kind kind, Stream stream) : kind_(kind), stream_(std::move(stream)) {}
  Kind kind_;
  Stream stream_;
  Boxed<std::filesystem::path> path_{};
  Rotation rotation_{};
  LoggerCommand command_{};
  Callback callback_{};
};

/// Where a supervised process' input comes from.
///
/// That writers come and go is no end of a fifo or pipe: the task holds it open until Task::close_stdin(), or until the
/// supervisor itself ends.
class CRUNC_API Source {
 public:
  enum class Kind : std::uint8_t { stream, fifo, pipe };

  /// Nothing: it is at its end at once.
  [[nodiscard]] static Source null() { return stream(Stream::null()); }
  /// A stream of the caller's, which the task leaves alone.
  [[nodiscard]] static Source stream(Stream stream) { return {Kind::stream, std::move(stream), {}}; }
  /// A fifo that is there already.
  [[nodiscard]] static Source fifo(std::filesystem::path path) { return {Kind::fifo, Stream::null(), std::move(path)}; }
  /// What TaskProcess::write_stdin() is given.
  [[nodiscard]] static Source pipe() { return {Kind::pipe, Stream::null(), {}}; }

  Source() : Source(null()) {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  Source(Kind kind, Stream stream, std::filesystem::path path)
      : kind_(kind), stream_(std::move(stream)), path_(std::move(path)) {}
  Kind kind_;
  Stream stream_;
  Boxed<std::filesystem::path> path_{};
};

/// The standard streams of a supervised process.
struct TaskIo {
  Source in{};
  Sink out{};
  Sink err{};             ///< unused with a terminal, whose output is one
  bool terminal = false;  ///< whether `process.terminal` is true, of the bundle's config.json or of what is executed
  Winsize size{};         ///< of the terminal, to begin with; zeros: the runtime's
  /// Who owns the pipes: a container's user may open /dev/stdout anew. Unset: this process' user.
  std::optional<StreamOwner> owner{};
};

}  // namespace crunc
