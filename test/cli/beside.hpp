// SPDX-License-Identifier: Apache-2.0
// A crunc that runs beside the test, and the command lines for it.
#pragma once

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "command_path.hpp"
#include "support/scenario.hpp"

namespace crunc::test {

using Argv = std::vector<std::string>;

inline Argv crunc_on(FakeRuntime& fake, const Argv& arguments) {
  Argv argv{command_path(), "--runtime", fake.command()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

/// A program that runs beside the test. By fork, so that the test can prepare the process in which it starts.
class Running {
 public:
  /// @param prepare  done in the child before the program is executed
  explicit Running(const Argv& argv, const std::function<void()>& prepare = {}) {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      if (prepare) prepare();
      ::execv(words[0], words.data());
      ::_exit(126);
    }
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Its wait status; with WUNTRACED or WCONTINUED also of one that has not ended.
  [[nodiscard]] int wait(int options = 0) const {
    int status = -1;
    ::waitpid(pid_, &status, options);
    return status;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace crunc::test
