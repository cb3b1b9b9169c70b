// SPDX-License-Identifier: Apache-2.0
// The meaning and the text of an ExitStatus.

#include <crunc/exit_status.hpp>

#include <ostream>

#include <sys/wait.h>

namespace crunc {

ExitStatus ExitStatus::from_wait_status(int wait_status) noexcept {
  if (WIFEXITED(wait_status)) return exited(WEXITSTATUS(wait_status));
  return signaled(WTERMSIG(wait_status), WCOREDUMP(wait_status));
}

std::optional<int> ExitStatus::code() const noexcept {
  return kind_ == Kind::exited ? std::optional(value_) : std::nullopt;
}

std::optional<int> ExitStatus::signal() const noexcept {
  return kind_ == Kind::signaled ? std::optional(value_) : std::nullopt;
}

std::string ExitStatus::to_string() const {
  switch (kind_) {
    case Kind::exited: return "exited(" + std::to_string(value_) + ")";
    case Kind::signaled: return "signaled(" + std::to_string(value_) + (core_dumped_ ? ", core dumped)" : ")");
    case Kind::lost: break;
  }
  return "lost";
}

std::ostream& operator<<(std::ostream& out, const ExitStatus& status) { return out << status.to_string(); }

}  // namespace crunc
