// SPDX-License-Identifier: Apache-2.0
// The words of the runtimes, and what they mean. No specification fixes them (runtime-spec#1061), so they stand in a
// table, the words themselves go into every Error, and what no row knows is runtime_failed.

#include "runtime/diagnose.hpp"

#include <array>
#include <cerrno>

#include "core/text.hpp"
#include "runtime/log.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {
namespace {

/// Words that mean something when both parts occur in them, in this order.
struct Row {
  std::string_view first;
  std::string_view then;
  Errc meaning;
};

// The first match wins. runc 1.1.5 and 1.3.6, crun 1.8.1: seen; older, newer and youki: read in the source.
constexpr std::array rows{
    Row{"container with given ID already exists", "", Errc::already_exists},
    Row{"container with id exists", "", Errc::already_exists},
    Row{"container `", "` already exists", Errc::already_exists},
    Row{"File config.json exists", "", Errc::already_exists},
    Row{"container does not exist", "", Errc::container_not_found},
    Row{"container ", " does not exist", Errc::container_not_found},
    Row{"error opening file `", "/status`: No such file or directory", Errc::container_not_found},
    Row{"cannot open directory '", "No such file or directory", Errc::container_not_found},
    Row{"cannot exec in a paused container", "", Errc::paused},
    Row{"the container `", "` is paused", Errc::paused},
    Row{"container not paused", "", Errc::not_paused},
    Row{"the container `", "` is not paused", Errc::not_paused},
    Row{"that is not stopped", "", Errc::not_stopped},
    Row{"is not in `created` or `stopped` state", "", Errc::not_stopped},
    Row{"cannot start an already running container", "", Errc::already_running},
    Row{"cannot open `", "/exec.fifo`", Errc::already_running},
    Row{"cannot exec in a stopped container", "", Errc::not_running},
    Row{"cannot start a container that has stopped", "", Errc::not_running},
    Row{"container not running", "", Errc::not_running},
    Row{"container with id ", " is not running", Errc::not_running},
    Row{"the container `", "` is not running", Errc::not_running},
    Row{"process already finished", "", Errc::not_running},
    Row{"process not running", "", Errc::not_running},
    Row{"open pidfd: No such process", "", Errc::not_running},
    Row{"kill container: No such process", "", Errc::not_running},
    Row{"cannot allocate tty if", "", Errc::terminal_mismatch},
    Row{"cannot use console socket if", "", Errc::terminal_mismatch},
    Row{"use --console-socket with", "", Errc::terminal_mismatch},
    Row{"exec: \"", "no such file or directory", Errc::command_not_found},
    Row{"executable file", "not found in $PATH", Errc::command_not_found},
    Row{"exec: \"", "permission denied", Errc::command_not_executable},
    Row{"exec: \"", "exec format error", Errc::command_not_executable},
    Row{"exec: \"", "is a directory", Errc::command_not_executable},
    Row{"exec /", "exec format error", Errc::command_not_executable},
    Row{"open executable: ", "", Errc::command_not_executable},
    Row{"config.json not found", "", Errc::invalid_bundle},
    Row{"error loading config.json", "", Errc::invalid_bundle},
    Row{"cannot read the file: config.json", "", Errc::invalid_bundle},
    Row{"create failed: chdir ", "no such file or directory", Errc::invalid_bundle},
    Row{"run failed: chdir ", "no such file or directory", Errc::invalid_bundle},
    Row{"chdir `", "No such file or directory", Errc::invalid_bundle},
    Row{"unexpected EOF", "", Errc::invalid_bundle},
    Row{"json: cannot unmarshal", "", Errc::invalid_bundle},
    Row{"invalid character", "looking for", Errc::invalid_bundle},
    Row{"unexpected end of JSON input", "", Errc::invalid_bundle},
    Row{"property must not be empty", "", Errc::invalid_bundle},
    Row{"invalid container ID format", "", Errc::invalid_argument},
    Row{"container id cannot be empty", "", Errc::invalid_argument},
    Row{"flag provided but not defined", "", Errc::unsupported},
    Row{"CRIU is missing features", "", Errc::unsupported},
    Row{"criu is missing features", "", Errc::unsupported},
    Row{"No help topic for", "", Errc::unsupported},
    Row{"unknown command", "", Errc::unsupported},
    Row{"unrecognized option", "", Errc::unsupported},
    Row{"unrecognized subcommand", "", Errc::unsupported},
    Row{"unexpected argument", "", Errc::unsupported},
};

struct Verdict {
  Errc code = Errc::runtime_failed;
  std::string words;
};

/// The last failure that the log tells of is what made the runtime give up. Earlier ones may say it better; stderr
/// speaks where the log is silent: argument errors never reach it, nor most of crun's.
Verdict read_words(const std::vector<LogEntry>& log, std::string_view stderr_text) {
  Verdict verdict;
  for (auto entry = log.rbegin(); entry != log.rend(); ++entry) {
    if (!is_error(*entry)) continue;
    if (verdict.words.empty()) verdict.words = entry->message;
    verdict.code = classify(entry->message);
    if (verdict.code != Errc::runtime_failed) return verdict;
  }
  if (verdict.words.empty()) verdict.words = core::trim(stderr_text);
  verdict.code = classify(stderr_text);
  return verdict;
}

}  // namespace

Errc classify(std::string_view words) noexcept {
  for (const Row& row : rows) {
    const std::size_t first = words.find(row.first);
    if (first == std::string_view::npos) continue;
    if (words.find(row.then, first + row.first.size()) != std::string_view::npos) return row.meaning;
  }
  return Errc::runtime_failed;
}

std::string tail_of(std::string_view text) {
  constexpr std::size_t most = 8192;
  return std::string(text.size() <= most ? text : text.substr(text.size() - most));
}

Error diagnose(const process::Outcome& outcome, std::vector<LogEntry> log) {
  const Verdict verdict = read_words(log, outcome.output.err);
  Error error(verdict.code, verdict.words);
  if (outcome.ended == process::Ended::timed_out) {
    error.code = Errc::timed_out;
  } else if (outcome.ended == process::Ended::cancelled) {
    error.code = Errc::cancelled;
  } else if (outcome.status.kind() == ExitStatus::Kind::lost) {
    error.code = Errc::status_lost;
    if (error.reason.empty()) error.reason = "another part of this process waited for the runtime, or ignores SIGCHLD";
  } else if (outcome.status.kind() == ExitStatus::Kind::signaled) {
    error.code = Errc::runtime_killed;
  }
  error.exit = outcome.status;
  error.runtime_state = outcome.state_at_deadline;
  error.stderr_tail = tail_of(outcome.output.err);
  error.log = std::move(log);
  return error;
}

Error diagnose(const process::SpawnFailure& failure, const process::Command& command) {
  if (failure.stage == sys::SpawnStage::none) return Error(Errc::cancelled);
  const int number = failure.error.value();
  Errc code = Errc::spawn_failed;
  std::string reason = std::string(sys::to_string(failure.stage)) + ": " + command.executable;
  if (failure.stage == sys::SpawnStage::exec) {
    reason = command.executable;
    if (number == ENOENT) {
      // The file was found a moment ago: it is its interpreter or loader that is missing, unless it has gone since.
      code = Errc::runtime_not_executable;
      reason += " (or the interpreter that it names)";
    } else if (number == EACCES || number == EPERM) {
      code = Errc::runtime_permission_denied;
    } else if (number == ENOEXEC || number == ELIBBAD || number == EINVAL) {
      code = Errc::runtime_not_executable;
    }
  } else if (!failure.object.empty()) {
    // A stream of the caller's that is not there or not his is no want of resources.
    const bool is_want = number == EMFILE || number == ENFILE || number == ENOMEM;
    code = is_want ? Errc::spawn_failed : Errc::invalid_argument;
    reason = failure.object;
  } else if (failure.stage == sys::SpawnStage::directory) {
    code = Errc::invalid_argument;
    reason = "working directory " + command.directory;
  }
  return {code, std::move(reason), failure.error};
}

}  // namespace crunc::runtime
