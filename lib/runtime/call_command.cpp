// SPDX-License-Identifier: Apache-2.0
// What a call runs: its argv, descriptors, environment and deadline.

#include <csignal>
#include <cstdlib>

#include <unistd.h>

#include "runtime/call.hpp"

namespace crunc::runtime {
namespace {

constexpr std::size_t longest_document = std::size_t{64} * 1024 * 1024;
constexpr std::size_t stderr_tail = std::size_t{8} * 1024;

std::optional<std::chrono::milliseconds> deadline_of(const Timeout& chosen, std::chrono::milliseconds fallback) {
  const auto timeout = chosen.value_or(fallback);
  return timeout == no_deadline ? std::nullopt : std::optional(timeout);
}

/// PATH as the runtime would have it, with `directory` before all others.
std::string path_with(const std::string& directory, const std::vector<std::string>& environment) {
  constexpr std::string_view key = "PATH=";
  const char* const present = std::getenv("PATH");
  std::string path = present == nullptr ? "" : present;
  for (const std::string& entry : environment) {
    if (entry.starts_with(key)) path = entry.substr(key.size());
  }
  return std::string(key) + directory + (path.empty() ? "" : ":" + path);
}

}  // namespace

int Call::preserved() const noexcept { return static_cast<int>(plan_.handed_on_fds.size()); }

Result<process::Command> Call::verb_command() {
  Result<std::vector<std::string>> argv = build_argv();
  if (!argv) return argv.error();
  process::Command command = command_for(std::move(*argv));
  set_streams(command);
  for (const int fd : plan_.handed_on_fds) command.fds.push_back({fd, 3 + static_cast<int>(command.fds.size())});
  if (log_file_) command.fds.push_back({log_file_.get(), log_fd(preserved())});
  const auto& [input, process] = std::tie(plan_.arguments.input, plan_.arguments.process);
  if (process) {
    if (auto error = add_document(command, *process, document_fd(preserved()))) return std::move(*error);
  }
  if (input) {
    if (auto error = add_document(command, *input, STDIN_FILENO)) return std::move(*error);
  }
  if (plan_.on_ready) {
    command.on_ready = plan_.on_ready;
    command.ready_fd = document_fd(preserved());
  }
  command.timeout = deadline_of(plan_.timeout, plan_.verb->default_timeout);
  command.stand_in = plan_.stand_in;
  if (command.stand_in && command.parent_death_signal == 0) command.parent_death_signal = SIGKILL;
  command.environment.keep_service = command.environment.keep_service || plan_.stand_in;
  command.on_spawned = plan_.on_spawned;
  return command;
}

/// A document in memory, never in a file that others could read.
std::optional<Error> Call::add_document(process::Command& command, const std::string& text, int to) {
  sys::SysResult<sys::Fd> file = sys::make_memfd("crunc-document");
  if (!file) return Error(Errc::spawn_failed, "create a document for the runtime", file.error());
  if (const std::error_code error = sys::write_at_start(file->get(), text)) {
    return Error(Errc::spawn_failed, "write a document for the runtime", error);
  }
  if (to == STDIN_FILENO) {
    command.streams[STDIN_FILENO] = {Stream::descriptor(file->get())};
  } else {
    command.fds.push_back({file->get(), to});
  }
  documents_.push_back(std::move(*file));
  return std::nullopt;
}

process::EnvironmentChange Call::environment() const {
  const RuncOptions& options = plan_.client->options;
  process::EnvironmentChange change{.add = options.environment,
                                    .remove = options.environment_remove,
                                    .keep_service = options.keep_service_environment};
  if (lacks_.has(Feature::criu_flag)) {
    change.add.push_back(path_with(resolve(options.criu->parent_path(), plan_.base), options.environment));
  }
  return change;
}

Result<std::vector<std::string>> Call::build_argv() {
  const std::string command = plan_.client->options.command->string();
  if (plan_.tokens) {
    std::vector<std::string> argv{command};
    argv.insert(argv.end(), plan_.tokens->begin(), plan_.tokens->end());
    return argv;
  }
  sys::SysResult<sys::Fd> log = sys::make_memfd("crunc-log");
  if (!log) return Error(Errc::spawn_failed, "create the call's private log", log.error());
  log_file_ = std::move(*log);
  if (plan_.foreground) {
    Result<PidFile> pid_file = PidFile::watch(plan_.pid_file);
    if (!pid_file) return pid_file.error();
    pid_file_.emplace(std::move(*pid_file));
    const std::string& path = pid_file_->private_path();
    if (!path.empty()) plan_.arguments.flags.insert(plan_.arguments.flags.end(), {"--pid-file", path});
  }
  const std::string log_path = "/proc/self/fd/" + std::to_string(log_fd(preserved()));
  const std::vector<std::string> verb =
      is_substituted_ ? plan_.arguments.substitute->arguments : whole(plan_.arguments);
  return join(command, global_arguments(plan_.client->options, plan_.base, log_path, lacks_), verb);
}

process::Command Call::command_for(std::vector<std::string> argv) const {
  const RuncOptions& options = plan_.client->options;
  return {.executable = executable_,
          .argv = std::move(argv),
          .environment = environment(),
          .directory = options.work_dir->string(),
          .new_process_group = options.new_process_group,
          .parent_death_signal = options.parent_death_signal ? options.parent_death_signal->number() : 0,
          .monitor = options.monitor,
          .kill_grace = options.kill_grace};
}

void Call::set_streams(process::Command& command) const {
  switch (plan_.verb->streams) {
    case Streams::container:
      command.streams = {process::StreamPlan{plan_.io.in}, process::StreamPlan{plan_.io.out},
                         process::StreamPlan{plan_.io.err}};
      return;
    case Streams::document:
      command.streams[STDOUT_FILENO] = {Stream::capture(longest_document), process::Drain::Keep::beginning,
                                        plan_.on_output};
      [[fallthrough]];
    case Streams::silent:
      command.streams[STDERR_FILENO] = {Stream::capture(stderr_tail), process::Drain::Keep::tail};
      return;
  }
}

void Call::launch(Phase phase, process::Command command) {
  executions_.push_back(std::make_unique<process::Execution>(std::move(command)));
  phase_ = phase;
}

}  // namespace crunc::runtime
