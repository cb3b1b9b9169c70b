// SPDX-License-Identifier: Apache-2.0
// Whether the table of arguments has every flag that the installed runtime tells of.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "support/argv_table.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

using Flags = std::set<std::string>;

/// The long flags that a help text lists, each at the start of its line.
Flags flags_of(const std::string& help) {
  static const std::regex flag("^ +(?:-[a-zA-Z?], )?(--[a-z0-9][a-z0-9-]*).*");
  Flags flags;
  std::istringstream in(help);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_match(line, match, flag)) flags.insert(match[1]);
  }
  for (const char* const of_the_parser : {"--help", "--usage"}) flags.erase(of_the_parser);
  return flags;
}

/// The flags of a verb in all rows of the table.
Flags flags_in_table(const std::string& verb) {
  Flags flags;
  for (const test::ArgvRow& row : test::argv_table()) {
    if (row.expected.at(1) != verb) continue;
    for (const std::string& word : row.expected) {
      if (word.starts_with("--")) flags.insert(word.substr(0, word.find('=')));
    }
  }
  return flags;
}

}  // namespace

TEST_CASE("every flag of every verb of the installed runc is typed") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  if (test::skip_unless(!runtime.is_crun(), "crun's own flags are extra_args")) return;

  for (const char* const verb : {"checkpoint", "create", "delete", "events", "exec", "features", "kill", "list",
                                 "pause", "ps", "restore", "resume", "run", "spec", "start", "state", "update"}) {
    CAPTURE(verb);
    const Finished help = runtime->raw({verb, "--help"}, {.io = Io::capture()}).value();
    const Flags table = flags_in_table(verb);
    for (const std::string& flag : flags_of(help.output.out)) {
      CAPTURE(flag);
      CHECK(table.contains(flag));
    }
  }
}

TEST_CASE("every global flag of the installed runc is typed") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  if (test::skip_unless(!runtime.is_crun(), "crun's own flags are extra_args")) return;
  const Runc all(
      {.root = "/r", .debug = true, .log = "/l", .systemd_cgroup = true, .rootless = Rootless::yes, .criu = "/c"});
  Flags typed{"--version"};
  for (const std::string& word : all.argv(ListOptions{}).value()) typed.insert(word.substr(0, word.find('=')));

  const Flags told = flags_of(runtime->raw({"--help"}, {.io = Io::capture()}).value().output.out);

  CHECK(told.size() > 5);
  for (const std::string& flag : told) {
    CAPTURE(flag);
    CHECK(typed.contains(flag));
  }
}
