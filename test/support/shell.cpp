// SPDX-License-Identifier: Apache-2.0

#include "support/shell.hpp"

#include <sys/wait.h>

namespace crunc::test {

Thief::Thief()
    : thread_([this] {
        while (!stop_) {
          int status = 0;
          if (::waitpid(-1, &status, WNOHANG) > 0) {
            ++stolen_;
          } else {
            std::this_thread::yield();
          }
        }
      }) {}

Thief::~Thief() {
  stop_ = true;
  thread_.join();
}

}  // namespace crunc::test
