// SPDX-License-Identifier: Apache-2.0
// The comparison that the drift of recorded outputs is seen by.
#include <doctest/doctest.h>

#include "support/recorded.hpp"

using crunc::test::first_difference;
using crunc::test::places;
using crunc::test::unknown_lines;
using crunc::test::without_numbers;
using Lines = std::vector<std::string>;

TEST_CASE("outputs that differ in numbers and blanks alone are the same") {
  CHECK(without_numbers("ID   PID \n\na2   521\n") == without_numbers("ID  PID\na2      3\n"));
  CHECK(without_numbers("08:40:22.5Z") == "N:N:N.NZ");
  CHECK(without_numbers("a b") != without_numbers("ab"));
  CHECK(without_numbers("a\nb") != without_numbers("a b"));
}

TEST_CASE("a difference between outputs is told with its line") {
  CHECK(first_difference("a\nb\n", "a\nb\n").empty());
  CHECK(first_difference("a\nb\n", "a\nc\n") == "line 2\n  recorded: b\n  today:    c");
  CHECK(first_difference("a\n", "a\nc\n") == "line 2\n  recorded: (end)\n  today:    c");
}

TEST_CASE("a document's places tell a new member and another kind of value") {
  const auto recorded = places(R"({"a": {"x": 1}, "list": [{"k": "v"}], "raw": {"p": 1}})", {"/raw"});
  CHECK(recorded == Lines{"/a/x: number", "/a: object", "/list: array", "/list[]/k: string", "/list[]: object",
                          "/raw/*: number", "/raw: object", ": object"});

  CHECK(unknown_lines(places(R"({"a": {"x": 2}, "raw": {"q": 1}})", {"/raw"}), recorded).empty());
  CHECK(unknown_lines(places(R"({"a": {"x": "2", "y": 1}})", {}), recorded) == Lines{"/a/x: string", "/a/y: number"});
}
