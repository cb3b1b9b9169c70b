// SPDX-License-Identifier: Apache-2.0
// ps(1)'s table from /proc: what a process may call itself.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/process_table.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

using namespace crunc;

namespace {

/// The last cell of the only row, of a process with this name and these arguments.
std::string command_of(std::string_view name, std::string_view arguments) {
  const test::TempDir proc;
  std::filesystem::create_directory(proc / "42");
  test::write_text(proc / "uptime", "100.0 100.0\n");
  test::write_text(proc / "42/stat", "42 (" + std::string(name) + ") S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n");
  test::write_text(proc / "42/cmdline", arguments);
  const ProcessTable table = runtime::read_process_table({42}, proc.path().string());
  REQUIRE(table.processes.size() == 1);
  REQUIRE(table.processes[0].size() == table.headers.size());
  return table.processes[0].back();
}

}  // namespace

TEST_CASE("a process is told by its arguments and one without by its name in brackets") {
  CHECK(command_of("sh", std::string_view("sh\0-c\0true\0", 11)) == "sh -c true");
  CHECK(command_of("kworker/0:1", "") == "[kworker/0:1]");
  CHECK(command_of("a) R 1 (b", "") == "[a) R 1 (b]");
}

TEST_CASE("a process's own words neither break its row nor reach the terminal as control characters") {
  CHECK(command_of("sh", std::string_view("a\nb\0\x1b[2J\x7f\0", 10)) == "a b ?[2J?");
  CHECK(command_of("x\ny\x1b", "") == "[x y?]");
}
