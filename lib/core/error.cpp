// SPDX-License-Identifier: Apache-2.0
// The category of Errc and the one line that an Error is for people.

#include <crunc/error.hpp>

#include <array>
#include <ostream>
#include <utility>

namespace crunc {
namespace {

struct Row {
  Errc code;
  const char* name;
  const char* words;
  std::errc condition;  ///< std::errc{} where none says the same
};

constexpr std::errc none{};
constexpr std::array rows{
    Row{Errc::none, "none", "no failure", none},
    Row{Errc::invalid_argument, "invalid_argument", "invalid argument", std::errc::invalid_argument},
    Row{Errc::runtime_not_found, "runtime_not_found", "runtime not found", none},
    Row{Errc::runtime_permission_denied, "runtime_permission_denied", "runtime may not be executed",
        std::errc::permission_denied},
    Row{Errc::runtime_not_executable, "runtime_not_executable", "runtime is no executable program",
        std::errc::executable_format_error},
    Row{Errc::spawn_failed, "spawn_failed", "runtime could not be started", none},
    Row{Errc::unsupported, "unsupported", "not supported by this runtime", std::errc::not_supported},
    Row{Errc::container_not_found, "container_not_found", "container not found", std::errc::no_such_file_or_directory},
    Row{Errc::already_exists, "already_exists", "container already exists", std::errc::file_exists},
    Row{Errc::not_running, "not_running", "container not running", std::errc::no_such_process},
    Row{Errc::already_running, "already_running", "container already running", none},
    Row{Errc::not_stopped, "not_stopped", "container not stopped", std::errc::device_or_resource_busy},
    Row{Errc::paused, "paused", "container paused", none},
    Row{Errc::not_paused, "not_paused", "container not paused", none},
    Row{Errc::command_not_found, "command_not_found", "command not found in the container", none},
    Row{Errc::command_not_executable, "command_not_executable", "command cannot be executed in the container", none},
    Row{Errc::invalid_bundle, "invalid_bundle", "invalid bundle", none},
    Row{Errc::terminal_mismatch, "terminal_mismatch", "terminal, console socket and detach do not go together", none},
    Row{Errc::timed_out, "timed_out", "timed out", std::errc::timed_out},
    Row{Errc::cancelled, "cancelled", "cancelled", std::errc::operation_canceled},
    Row{Errc::malformed_output, "malformed_output", "malformed output of the runtime", std::errc::bad_message},
    Row{Errc::status_lost, "status_lost", "exit status lost", none},
    Row{Errc::runtime_killed, "runtime_killed", "runtime killed by a signal", none},
    Row{Errc::runtime_failed, "runtime_failed", "runtime failed", none},
    Row{Errc::cgroup_not_found, "cgroup_not_found", "cgroup not found", std::errc::no_such_file_or_directory},
    Row{Errc::cgroup_gone, "cgroup_gone", "cgroup was removed", std::errc::no_such_device},
    Row{Errc::cgroup_busy, "cgroup_busy", "cgroup has processes", std::errc::device_or_resource_busy},
    Row{Errc::controller_unavailable, "controller_unavailable", "cgroup controller not available",
        std::errc::not_supported},
    Row{Errc::unit_failed, "unit_failed", "unit of systemd failed", none},
    Row{Errc::system_error, "system_error", "system call failed", none},
};

const Row* find_row(int code) noexcept {
  for (const Row& row : rows) {
    if (static_cast<int>(row.code) == code) return &row;
  }
  return nullptr;
}

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "crunc"; }
  [[nodiscard]] std::string message(int code) const override {
    const Row* const row = find_row(code);
    return row == nullptr ? "unknown error " + std::to_string(code) : row->words;
  }
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    const Row* const row = find_row(code);
    if (row == nullptr || row->condition == none) return {code, *this};
    return std::make_error_condition(row->condition);
  }
};

/// Appends ": " and the text, unless the text is empty or already there.
void append_part(std::string& line, std::string_view text) {
  if (text.empty() || line.find(text) != std::string::npos) return;
  if (!line.empty()) line += ": ";
  line += text;
}

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

const char* to_string(Errc code) noexcept {
  const Row* const row = find_row(static_cast<int>(code));
  return row == nullptr ? "unknown" : row->name;
}

Error::Error(Errc kind, std::string why) : code(kind), reason(std::move(why)) {}
Error::Error(Errc kind, std::string why, std::error_code errno_code)
    : code(kind), reason(std::move(why)), system(errno_code) {}

std::string Error::message() const {
  std::string line = operation;
  if (!container.empty()) line += (line.empty() ? "" : " ") + container;
  append_part(line, make_error_code(code).message());
  append_part(line, reason);
  if (system) append_part(line, system.message());
  if (exit && !exit->success()) append_part(line, "runtime " + exit->to_string());
  if (!runtime_state.empty()) append_part(line, "it was in state " + runtime_state);
  if (heal_failure) append_part(line, "the id is left half-made: " + *heal_failure);
  return line;
}

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message(); }

Exception::Exception(const Error& error)
    : std::system_error(make_error_code(error.code)),
      held_(std::make_shared<const std::pair<Error, std::string>>(error, error.message())) {}

void throw_exception_from_error(const Error& error, const boost::source_location&) { throw Exception(error); }

}  // namespace crunc
