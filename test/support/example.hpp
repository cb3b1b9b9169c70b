// SPDX-License-Identifier: Apache-2.0
//
// Runs the programs of docs/examples as their reader would, with the runtime that the real suite is run with.
#pragma once

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <crunc/crunc.hpp>

#include "support/condition.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

namespace crunc::test {

/// Where an example is.
[[nodiscard]] inline std::string path_of(const std::string& example) {
  return std::string(CRUNC_EXAMPLES_PATH) + "/" + example;
}

/// A program in the runtime's place that gives it the options of the suite: examples have no options for all of these.
[[nodiscard]] inline std::string runtime_program(const RealRuntime& runtime) {
  const RuncOptions options = runtime.options();
  const std::string path = runtime / "runtime";
  std::string line = "exec " + find_program(options.command->string()).value().string() + " --root " +
                     options.root->string() + (options.systemd_cgroup ? " --systemd-cgroup" : "");
  for (const std::string& each : options.extra_args) line += " " + each;
  write_text(path, "#!/bin/sh\n" + line + " \"$@\"\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

/// An example at work, whose output is read as it comes.
class Example {
 public:
  Example(const std::string& name, const std::vector<std::string>& arguments)
      : out_(StreamPipe::from_container().value()) {
    ended_ = std::async(std::launch::async, [name, arguments, stream = out_.stream()] {
      return Runc({.command = path_of(name)})
          .raw(arguments, {.io = {.in = Stream::null(), .out = stream, .err = Stream::inherit()},
                           .timeout = std::chrono::minutes(3)})
          .value()
          .status;
    });
  }

  /// Everything that has been printed, once `text` is there, or the end.
  const std::string& read_until(const std::string& text) {
    while (printed_.find(text) == std::string::npos && read_more()) continue;
    return printed_;
  }
  /// Everything that has been printed, at its end.
  const std::string& read_all() {
    while (read_more()) continue;
    return printed_;
  }
  ExitStatus wait() { return ended_.get(); }

 private:
  bool read_more() {
    char buffer[4096];
    const ssize_t got = ::read(out_.fd(), buffer, sizeof buffer);
    if (got > 0) printed_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  StreamPipe out_;
  std::string printed_{};
  std::future<ExitStatus> ended_{};
};

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace crunc::test
