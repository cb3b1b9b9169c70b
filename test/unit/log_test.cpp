// SPDX-License-Identifier: Apache-2.0
// Log lines of the runtimes.
#include <doctest/doctest.h>

#include "runtime/log.hpp"

using namespace crunc;
using runtime::parse_log;

TEST_CASE("parse_log() reads the lines of runc and crun and youki") {
  const auto log = parse_log(
      R"({"level":"error","msg":"container does not exist","time":"2026-11-22T07:45:31Z"})"
      "\n"
      R"({"msg":"error opening file","level":"warning","time":"2026-11-22T07:45:32.085781Z"})"
      "\n"
      R"({"timestamp":"2026-11-22T07:45:33Z","level":"ERROR","message":"error in executing command","target":"youki"})"
      "\n");

  REQUIRE(log.size() == 3);
  CHECK(log[0].level == "error");
  CHECK(log[0].message == "container does not exist");
  CHECK(log[1].level == "warning");
  CHECK(log[2].level == "error");
  CHECK(log[2].message == "error in executing command");
  CHECK(log[2].time == "2026-11-22T07:45:33Z");
}

TEST_CASE("parse_log() keeps lines that are no JSON and a last line without newline") {
  const auto log = parse_log("panic: oh\n\n{\"level\":\"info\",\"msg\":\"x\\n\"}\n{\"level\":\"er");

  REQUIRE(log.size() == 3);
  CHECK(log[0].level.empty());
  CHECK(log[0].message == "panic: oh");
  CHECK(log[1].message == "x");
  CHECK(log[2].message == "{\"level\":\"er");
}

TEST_CASE("parse_log() takes hostile lines without falling over") {
  CHECK(parse_log("[1,2]\nnull\n{\"level\":5,\"msg\":null}\n").size() == 3);
  CHECK(parse_log(std::string(100'000, '[')).size() == 1);
  CHECK(parse_log(std::string("\0\n\xff\xfe", 4)).size() == 2);
}

TEST_CASE("format_log_as_text() writes logrus' text form on one line each") {
  CHECK(runtime::format_log_as_text(
            {{.level = "error", .message = "a \"b\"\nc", .time = "T"}, {.level = "", .message = "raw", .time = ""}}) ==
        "time=\"T\" level=error msg=\"a \\\"b\\\"\\nc\"\nraw\n");
}

TEST_CASE("a level that is no word cannot make a line of its own in a log") {
  CHECK(runtime::format_log_as_text({{.level = "info\nlevel=fatal", .message = "m", .time = "T"}}) ==
        "time=\"T\" level=\"info\\nlevel=fatal\" msg=\"m\"\n");
}

TEST_CASE("an entry without a level is one line in a log whatever it says") {
  CHECK(runtime::format_log_as_text({{.level = "", .message = "a\nb", .time = ""}}) ==
        "time=\"\" level=\"\" msg=\"a\\nb\"\n");
}
