// SPDX-License-Identifier: Apache-2.0
// Which call of the runtime a command line of crunc's becomes.
#pragma once

#include <doctest/doctest.h>

#include <crunc/crunc.hpp>

#include "command_path.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"

namespace crunc::test {

using Argv = std::vector<std::string>;

/// Runs crunc on a runtime that takes everything; gives what the runtime got.
inline Argv call_of(const Argv& arguments) {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  Argv argv{command_path(), "--runtime", fake.command()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const ProgramResult result = run_program(argv);
  CHECK(result.status == 0);
  CHECK(result.err == "");
  REQUIRE(fake.calls().size() == 1);
  return fake.calls().at(0);
}

/// A command line for CAPTURE.
inline std::string as_text(const Argv& line) {
  std::string text;
  for (const std::string& word : line) text += word + " ";
  return text;
}

/// What follows the command's name.
inline Argv tail(const Result<Argv>& argv) { return {argv.value().begin() + 1, argv.value().end()}; }

inline const RuncOptions as_given{.relative_paths = RelativePaths::as_given};

}  // namespace crunc::test
