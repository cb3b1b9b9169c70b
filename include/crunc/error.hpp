// SPDX-License-Identifier: Apache-2.0
// Error, Errc, Result<T> and Exception: one model of failure for every call, to be returned or thrown.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <crunc/config.hpp>
#include <crunc/exit_status.hpp>

namespace crunc {

/// What kind of failure: one value for each thing that a caller would act on in its own way.
///
/// Values compare with std::errc where one says the same: `Errc::container_not_found` equals
/// `std::errc::no_such_file_or_directory`, `timed_out` equals `std::errc::timed_out`, and so on.
enum class Errc {
  none = 0,                   ///< no failure: what error() of a successful Result says
  invalid_argument,           ///< refused before anything was spawned: an id, a path, an option that cannot be right
  runtime_not_found,          ///< no such program as RuncOptions::command, there or in PATH
  runtime_permission_denied,  ///< the runtime is there, but may not be executed (no x bit, noexec mount)
  runtime_not_executable,     ///< the runtime is there, but is no program (ENOEXEC), or lacks its loader
  spawn_failed,               ///< the runtime could not be started for want of memory, fds or processes; see `system`
  unsupported,                ///< the runtime at hand has no such verb or option; nothing was changed
  container_not_found,        ///< the runtime knows no container of this id
  already_exists,             ///< the id is taken
  not_running,                ///< the container has stopped, or was never started
  already_running,            ///< `start` of a container that was started before
  not_stopped,                ///< `delete` without force of a container that still runs
  paused,                     ///< the container is frozen, and the verb needs it thawed
  not_paused,                 ///< `resume` of a container that is not frozen
  command_not_found,          ///< the program to run is not in the container
  command_not_executable,     ///< the program to run is in the container, but may not or cannot be executed
  invalid_bundle,             ///< config.json is missing, broken, or asks for what cannot be
  terminal_mismatch,          ///< console socket, detach and `terminal` of the process do not go together
  timed_out,                  ///< the deadline passed; a runtime that we ran was ended and reaped
  cancelled,                  ///< the caller asked for it; a runtime that we ran was ended and reaped
  malformed_output,           ///< the runtime printed or sent what cannot be what was expected
  status_lost,                ///< the runtime ended, but somebody else in this process reaped it: outcome unknown
  runtime_killed,             ///< a signal killed the runtime, and it was not ours; `exit` has its number
  runtime_failed,             ///< the runtime failed in a way that is none of the above; `reason` has its words
  cgroup_not_found,           ///< no controller has a cgroup of this path; or no cgroup file system is mounted
  cgroup_gone,                ///< the cgroup that is held was removed; one of the same path now would be another
  cgroup_busy,                ///< in the way: processes, of a removal or of v2 controllers; memory in use, of a limit
  controller_unavailable,     ///< the kernel has no such controller here, or a parent cgroup does not hand it on
  unit_failed,                ///< systemd could not make or end a unit; `reason` has its words
  system_error                ///< a system call of ours failed; see `system`
};

/// The category of Errc, named "crunc".
[[nodiscard]] CRUNC_API const std::error_category& error_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}
/// Whether the two say the same: `error.code == std::errc::timed_out`.
[[nodiscard]] inline bool operator==(Errc code, std::errc condition) noexcept {
  return make_error_code(code) == condition;
}
/// The enumerator's own name, such as "container_not_found".
[[nodiscard]] CRUNC_API const char* to_string(Errc code) noexcept;

/// One line of a runtime's log.
struct LogEntry {
  std::string
      level;  ///< lower case: "debug", "info", "warning", "error", "fatal", ...; empty for a line that is no JSON
  std::string message;  ///< the runtime's words, final newlines removed; the whole line when it is no JSON
  std::string time;     ///< as printed, RFC 3339; empty when the line has none
};

/// What CRIU wrote of a checkpoint or restore that failed. The runtime itself has but a number of it.
struct CriuFailure {
  std::string log_path{};             ///< CRIU's log: dump.log or restore.log
  std::vector<std::string> errors{};  ///< its last error lines, at most 32, oldest first, without their time
};

/// A failure: what kind, of what, and everything that is known about it.
///
/// Every member but `code` may be empty. message() puts them into one line; nothing in it is made up.
/// @note go-runc: its errors are text glued from the command's combined output; the exit status is lost for most calls.
struct CRUNC_API Error {
  explicit Error(Errc kind = Errc::none, std::string why = {});
  /// A failed system call: `why` says what was tried, such as "create a pipe".
  Error(Errc kind, std::string why, std::error_code errno_code);

  Errc code;                         ///< what a caller acts on
  std::string reason;                ///< what failed; the runtime's own words where it had any
  std::error_code system{};          ///< the errno of a failed system call, else no error
  std::string operation{};           ///< the verb, such as "create"
  std::string container{};           ///< the container's id
  std::vector<std::string> argv{};   ///< the call as it was spawned, argv[0] first; empty if none was
  std::optional<ExitStatus> exit{};  ///< how the runtime ended, if it was started
  /// What the runtime was at when its deadline passed, before it was told to end: "S (sleeping) in do_wait". The
  /// kernel's function is there for those who may know it (root, mostly); all of it is empty where nobody ran out of
  /// time.
  std::string runtime_state{};
  std::string stderr_tail{};                  ///< the end of what the runtime wrote to stderr, at most 8 KiB
  std::vector<LogEntry> log{};                ///< all entries of this call's log, in order
  std::optional<CriuFailure> criu{};          ///< of a checkpoint or restore, where there is a log of CRIU's
  std::optional<std::string> heal_failure{};  ///< why an id left half-made could not be healed (see RuncOptions)

  /// One line for people: `<verb> <object>: <what failed>: <runtime text>`, without a final dot.
  [[nodiscard]] std::string message() const;
};

CRUNC_API std::ostream& operator<<(std::ostream& out, const Error& error);

/// A value, or the Error that stands in its place. `value()` throws Exception when there is none.
template <class T>
using Result = boost::system::result<T, Error>;

/// What `Result<T>::value()` throws. `code()` is the Errc, `what()` the Error's message().
class CRUNC_API Exception : public std::system_error {
 public:
  explicit Exception(const Error& error);
  [[nodiscard]] const Error& error() const noexcept { return held_->first; }
  [[nodiscard]] const char* what() const noexcept override { return held_->second.c_str(); }

 private:
  std::shared_ptr<const std::pair<Error, std::string>> held_;  // shared: an exception's copy must not throw
};

/// The hook of boost::system::result: throws Exception.
[[noreturn]] CRUNC_API void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace crunc

template <>
struct std::is_error_code_enum<crunc::Errc> : std::true_type {};
