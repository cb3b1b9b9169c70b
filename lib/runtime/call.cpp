// SPDX-License-Identifier: Apache-2.0
// The course of a call. Each phase runs one program; what comes next is decided when it has ended.

#include "runtime/call.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/criu.hpp"
#include "runtime/decode.hpp"
#include "runtime/diagnose.hpp"
#include "runtime/log.hpp"
#include "runtime/lookup.hpp"
#include "sys/calls.hpp"

namespace crunc::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_log = std::size_t{1024} * 1024;
constexpr std::size_t stderr_tail = std::size_t{8} * 1024;
constexpr auto probe_timeout = 10s;
constexpr auto heal_timeout = 30s;  // more than the 10 s that runc itself waits for a killed process

std::string environment_value(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

std::string words_of(const process::Outcome& outcome, const process::Command& command) {
  return outcome.failure ? diagnose(*outcome.failure, command).message() : diagnose(outcome, {}).message();
}

/// The caller's log file gets the entries of this call. That it cannot be written is no failure of the call.
void append_to_callers_log(const RuncOptions& options, const std::string& path, const std::string& json,
                           const std::vector<LogEntry>& entries) {
  const sys::SysResult<sys::Fd> file = sys::open_file(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (!file) return;
  const std::string text = options.log_format == LogFormat::json ? json : format_log_as_text(entries);
  static_cast<void>(sys::write_whole(file->get(), text));
}

}  // namespace

Call::Call(Error refused) : phase_(Phase::over), error_(std::move(refused)) {}

bool Call::step() {
  for (;;) {
    if (phase_ == Phase::over) return true;
    if (phase_ != Phase::begin && !executions_.back()->step()) return false;
    switch (phase_) {
      case Phase::begin: begin(); break;
      case Phase::probing: after_probe(); break;
      case Phase::running: after_run(); break;
      case Phase::identifying: after_identification(); break;
      case Phase::healing: after_healing(); break;
      case Phase::over: break;
    }
  }
}

process::Interest Call::interest() const {
  return executions_.empty() ? process::Interest{} : executions_.back()->interest();
}

void Call::cancel(process::Urgency urgency) {
  // Healing has a deadline of its own: to leave the id half-made is what the caller wants least (containerd#4048).
  if (phase_ == Phase::begin) {
    fail(Error(Errc::cancelled));
  } else if (phase_ == Phase::probing || phase_ == Phase::running) {
    executions_.back()->cancel(urgency);
  }
}

Error Call::describe(Error error) const {
  error.operation = plan_.verb->name;
  error.container = plan_.container;
  error.argv = argv_;
  return error;
}

void Call::fail(Error error) {
  error_ = describe(std::move(error));
  phase_ = Phase::over;
}

void Call::begin() {
  Result<std::string> found = find_executable(plan_.client->options.command->string(), environment_value("PATH"));
  if (!found) return fail(found.error());
  executable_ = path_for_child(*found);
  binary_ = key_of(executable_);
  if (needs().empty()) return start();
  if (known_version()) return after_probe();
  ask_version(Phase::probing);
}

Features Call::needs() const {
  Features all = plan_.arguments.needs;
  if (!plan_.tokens) all.add(global_arguments(plan_.client->options, {}).needs);
  return all;
}

std::optional<Version> Call::known_version() const {
  return binary_ ? plan_.client->probes.find(*binary_) : std::nullopt;
}

void Call::ask_version(Phase phase) {
  process::Command command = command_for({plan_.client->options.command->string(), "--version"});
  command.streams[STDOUT_FILENO] = {Stream::capture(stderr_tail)};
  command.streams[STDERR_FILENO] = {Stream::capture(stderr_tail), process::Drain::Keep::tail};
  command.timeout = probe_timeout;
  launch(phase, std::move(command));
}

/// Reads what the probe printed; in words why not, if it cannot be read.
std::optional<std::string> Call::learn_version() {
  const process::Execution& probe = *executions_.back();
  process::Outcome& outcome = executions_.back()->outcome();
  if (outcome.failure || !outcome.status.success()) return "--version: " + words_of(outcome, probe.command());
  Result<Version> version = decode_version(outcome.output.out);
  if (!version) return "--version: " + version.error().message();
  if (binary_) plan_.client->probes.store(*binary_, std::move(*version));
  return std::nullopt;
}

void Call::after_probe() {
  if (!executions_.empty()) {
    const process::Outcome& outcome = executions_.back()->outcome();
    if (outcome.ended == process::Ended::cancelled) return fail(Error(Errc::cancelled));
    if (const auto problem = learn_version()) return fail(Error(Errc::runtime_failed, *problem));
  }
  if (const std::optional<Version> version = known_version()) settle_features(*version);
  if (phase_ != Phase::over) start();
}

/// What the runtime lacks is done another way, or the call ends here.
void Call::settle_features(const Version& version) {
  for (const Missing& missing : missing_features(version, needs())) {
    if (emulates(missing)) continue;
    std::string words = version.name + ' ' + version.version + " lacks " + std::string(missing.words);
    if (missing.feature != Feature::long_socket_path) return fail(Error(Errc::unsupported, std::move(words)));
    return fail(Error(Errc::invalid_argument, words + ": " + plan_.arguments.long_socket));
  }
}

bool Call::emulates(const Missing& missing) {
  const std::optional<Substitute>& substitute = plan_.arguments.substitute;
  if (substitute && substitute->lacking == missing.feature) {
    is_substituted_ = true;
    return true;
  }
  // Whatever looks CRIU up in PATH finds it by its name alone.
  if (missing.feature != Feature::criu_flag || plan_.client->options.criu->filename() != "criu") return false;
  lacks_.add(missing.feature);
  return true;
}

void Call::start() {
  id_was_free_ = plan_.verb->makes_container && !id_is_taken();
  Result<process::Command> command = verb_command();
  if (!command) return fail(command.error());
  argv_ = command->argv;
  launch(Phase::running, std::move(*command));
}

/// An id is free when no known runtime has a directory for it; what cannot be looked at counts as taken.
bool Call::id_is_taken() const {
  const std::string root = resolve(plan_.client->options.root, plan_.base);
  const auto exists = [](const std::string& path) {
    struct stat status {};
    return sys::calls().stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
  };
  return std::ranges::any_of(state_directories(root, plan_.container, environment_value("XDG_RUNTIME_DIR")), exists);
}

void Call::after_run() {
  outcome_ = std::move(executions_.back()->outcome());
  read_log();
  phase_ = Phase::over;
  judge();
  if (error_ && must_heal()) identify();
}

void Call::read_log() {
  if (!log_file_) return;
  const sys::SysResult<std::string> read = sys::read_whole(log_file_.get(), longest_log);
  const std::string text = read ? *read : std::string{};
  log_ = parse_log(text);
  if (plan_.client->options.log.empty() || text.empty()) return;
  append_to_callers_log(plan_.client->options, resolve(plan_.client->options.log, plan_.base), text, log_);
}

void Call::judge() {
  if (outcome_.failure) {
    error_ = describe(diagnose(*outcome_.failure, executions_.back()->command()));
  } else if (!succeeded()) {
    error_ = describe(diagnose(outcome_, log_));
    add_criu_failure();
    if (error_->code == Errc::runtime_failed && error_->reason.empty()) look_at_bundle();
  }
}

/// The runtime knows only that CRIU failed; CRIU's log knows why.
void Call::add_criu_failure() {
  if (plan_.verb->criu_log == nullptr) return;
  const std::string expected = plan_.work_path.empty() ? "" : plan_.work_path + '/' + plan_.verb->criu_log;
  error_->criu = read_criu_failure(log_, expected);
}

/// For runtimes that fail without a word in the log: crun, when it cannot change to the bundle.
void Call::look_at_bundle() {
  if (plan_.bundle.empty()) return;
  struct stat status {};
  const std::string config = plan_.bundle + "/config.json";
  if (sys::calls().stat(config.c_str(), &status) == 0) return;
  error_->code = Errc::invalid_bundle;
  error_->reason = config;
  error_->system = sys::last_error();
}

bool Call::succeeded() const {
  const ExitStatus& status = outcome_.status;
  const bool left_alone = outcome_.ended == process::Ended::by_itself;
  if (plan_.tokens) return left_alone && status.kind() != ExitStatus::Kind::lost;
  // What a verb did before its time was up is done: runc before 1.3 goes on with a `create` after SIGTERM. A process
  // that was ended is not the same as one that ended.
  if (status.success()) return left_alone || !plan_.foreground;
  return left_alone && status.code() && pid_file_ && pid_file_->written();
}

bool Call::must_heal() const {
  if (!id_was_free_ || outcome_.failure || outcome_.ended == process::Ended::by_itself) return false;
  const auto says_taken = [](std::string_view words) { return classify(words) == Errc::already_exists; };
  return !says_taken(outcome_.output.err) &&
         std::ranges::none_of(log_, [&](const LogEntry& entry) { return says_taken(entry.message); });
}

void Call::identify() {
  if (known_version()) return heal();
  ask_version(Phase::identifying);
}

void Call::after_identification() {
  if (const auto problem = learn_version()) {
    error_->heal_failure = *problem;
    phase_ = Phase::over;
    return;
  }
  heal();
}

void Call::heal() {
  const std::optional<Version> version = known_version();
  if (!version || !keeps_state_directories(*version)) {
    // That the id was free cannot be told for a runtime whose state we do not know: it may be somebody's container.
    error_->heal_failure = "whether it was free before cannot be told for this runtime";
    phase_ = Phase::over;
    return;
  }
  process::Command command = command_for(
      join(plan_.client->options.command->string(), global_arguments(plan_.client->options, plan_.base, {}, lacks_),
           whole(arguments(RemoveOptions{.force = true}, plan_.base, plan_.container))));
  command.streams[STDERR_FILENO] = {Stream::capture(stderr_tail), process::Drain::Keep::tail};
  command.timeout = heal_timeout;
  launch(Phase::healing, std::move(command));
}

void Call::after_healing() {
  const process::Outcome& outcome = executions_.back()->outcome();
  if (outcome.failure || !outcome.status.success()) {
    error_->heal_failure = words_of(outcome, executions_.back()->command());
  }
  phase_ = Phase::over;
}

}  // namespace crunc::runtime
