// SPDX-License-Identifier: Apache-2.0
//
// Short programs by way of Runc: the shell stands for a runtime, whose exit status and output are what counts.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <crunc/crunc.hpp>

namespace crunc::test {

/// A client whose runtime is the shell.
[[nodiscard]] inline Runc shell(std::shared_ptr<ProcessMonitor> monitor = {}) {
  return Runc({.command = "/bin/sh", .monitor = std::move(monitor)});
}

/// Runs `script` to its end.
[[nodiscard]] inline Result<Finished> sh(const Runc& shell, const std::string& script, RawOptions options = {}) {
  if (options.io.out.kind() == Stream::Kind::inherit) options.io = Io::capture();
  return shell.raw({"-c", script}, options);
}

/// The number that `script` prints.
[[nodiscard]] inline pid_t pid_by(const Runc& shell, const std::string& script) {
  return std::stoi(sh(shell, script).value().output.out);
}

/// Reaps whatever ends in this process and keeps it to itself, on a thread of its own: the worst neighbour there is.
class Thief {
 public:
  Thief();
  ~Thief();
  Thief(const Thief&) = delete;
  Thief& operator=(const Thief&) = delete;
  [[nodiscard]] int stolen() const noexcept { return stolen_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> stolen_{0};
  std::thread thread_;
};

}  // namespace crunc::test
