// SPDX-License-Identifier: Apache-2.0
// Reading of numbers, times and quoted text.
#include <doctest/doctest.h>

#include <cstdint>

#include "core/text.hpp"

using namespace crunc::core;
using namespace std::chrono;

TEST_CASE("parse_number() takes a number whole or not at all") {
  CHECK(parse_number<int>("42") == 42);
  CHECK(parse_number<int>("-1") == -1);
  CHECK_FALSE(parse_number<int>(""));
  CHECK_FALSE(parse_number<int>("42 "));
  CHECK_FALSE(parse_number<int>("+42"));
  CHECK_FALSE(parse_number<int>("4294967296"));
  CHECK_FALSE(parse_number<unsigned>("-1"));
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
}

TEST_CASE("parse_rfc3339() reads the times of runc and crun and youki") {
  const sys_time<nanoseconds> second = sys_days(2026y / November / 22) + 7h + 45min + 51s;

  CHECK(parse_rfc3339("2026-11-22T07:45:51Z") == second);
  CHECK(parse_rfc3339("2026-11-22T07:45:51.795330362Z") == second + 795330362ns);
  CHECK(parse_rfc3339("2026-11-22T07:45:51.65744379Z") == second + 657443790ns);
  CHECK(parse_rfc3339("2026-11-22T07:45:51.246880Z") == second + 246880us);
  CHECK(parse_rfc3339("2026-11-22T07:45:51.5+00:00") == second + 500ms);
  CHECK(parse_rfc3339("2026-11-22T09:45:51+02:00") == second);
  CHECK(parse_rfc3339("2026-11-22T02:15:51-05:30") == second);
}

TEST_CASE("parse_rfc3339() refuses what is no time") {
  for (const char* const text :
       {"", "2026-11-22", "2026-11-22T07:45:51", "2026-13-22T07:45:51Z", "2026-02-30T07:45:51Z", "2026-11-22T24:00:00Z",
        "2026-11-22T07:45:51.Z", "2026-11-22T07:45:51Zx", "2026-11-22T07:45:51+2:00", "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("quote() keeps hostile text on one line") {
  CHECK(quote("plain") == "\"plain\"");
  CHECK(quote("a\nb\t\"c\"\\\x01") == R"("a\nb\t\"c\"\\\x01")");
}

TEST_CASE("what is quoted can be printed whatever it was") {
  CHECK(quote("\xc3\xa9\xe2\x82\xac\xc2\xa0") == "\"\xc3\xa9\xe2\x82\xac\xc2\xa0\"");
  CHECK(quote("\xff\xc3|\xc2\x9b"
              "2J\x7f") == R"("\xff\xc3|\xc2\x9b2J\x7f")");
  // Cut in the middle of a character.
  CHECK(excerpt(std::string(119, 'a') + "\xc3\xa9").ends_with("a\\xc3\"..."));
}

TEST_CASE("trim() takes white space from both ends only") {
  CHECK(trim(" \n a b\t ") == "a b");
  CHECK(trim(" \n ").empty());
}
