// SPDX-License-Identifier: Apache-2.0
//
// Runs a program to its end and keeps what it printed. By posix_spawn alone, so that the tests of the
// library's own launcher do not stand on that launcher.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace crunc::test {

struct ProgramOptions {
  std::string stdin_bytes{};                                    ///< come by a pipe that is then closed
  std::vector<std::string> env{};                               ///< K=V, each in place of ours
  bool inherit_env = true;                                      ///< false: `env` is the whole environment
  std::filesystem::path cwd{};                                  ///< empty: ours
  std::chrono::milliseconds timeout = std::chrono::minutes(1);  ///< then killed, and an exception thrown
};

struct ProgramResult {
  int status = 0;  ///< exit code, or the negated number of the signal that ended it
  std::string out{};
  std::string err{};
};

/// Run argv[0], looked up in PATH when it is a bare word, with a clean signal mask and default dispositions.
/// Returns when the program has ended and its output so far is read: a child of it that still holds the pipes
/// is not waited for. Throws std::system_error when it cannot be started.
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& argv, const ProgramOptions& options = {});

}  // namespace crunc::test
