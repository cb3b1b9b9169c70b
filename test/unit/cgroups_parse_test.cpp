// SPDX-License-Identifier: Apache-2.0
// Numbers as the kernel prints them in cgroup files.
#include <doctest/doctest.h>

#include "cgroups/stat_files.hpp"

using namespace crunc;
using namespace crunc::cgroups;

TEST_CASE("a cgroup's number is taken whole or not at all") {
  CHECK(parse_count("42\n") == 42);
  CHECK(parse_count(" 0 ") == 0);
  CHECK(parse_count("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"", "\n", "-1", "1.5", "0x10", "12 13", "18446744073709551616", "max"}) {
    CHECK_FALSE(parse_count(bad).has_value());
  }
}

TEST_CASE("a negative counter of memory.stat is zero") {
  CHECK(parse_racy_count("-4096") == 0);
  CHECK(parse_racy_count("4096") == 4096);
  CHECK_FALSE(parse_racy_count("-").has_value());
  CHECK_FALSE(parse_racy_count("-99999999999999999999").has_value());
}

TEST_CASE("max is no limit and so is v1's largest number") {
  CHECK(parse_limit("max\n").value().unlimited());
  CHECK(parse_limit("9223372036854771712\n").value().unlimited());
  CHECK(parse_limit("4096\n") == Limit(4096));
  CHECK_FALSE(parse_limit("maximum").has_value());
}

TEST_CASE("lists of processors are read in full") {
  std::vector<std::uint32_t> numbers;
  CHECK(parse_list("0-3,5,7-8\n", numbers));
  CHECK(numbers == std::vector<std::uint32_t>{0, 1, 2, 3, 5, 7, 8});
  CHECK(parse_list("\n", numbers));
  CHECK(numbers.empty());
  for (const char* bad : {"3-1", "a", "1-", "-1", "1,,2", "0-4294967295", "0-65535,0-65535"}) {
    CHECK_FALSE(parse_list(bad, numbers));
  }
}

TEST_CASE("pressure is read and an unknown line passed over") {
  Pressure pressure;
  CHECK(
      parse_pressure("some avg10=0.14 avg60=0.03 avg300=0.00 total=35064\n"
                     "full avg10=1.50 avg60=100.00 avg300=0.00 total=11015 more=x\nhalf total=x\n",
                     pressure));
  CHECK(pressure.some->avg10 == 0.14);
  CHECK(pressure.some->total == StallTime(35064));
  CHECK(pressure.full->avg60 == 100.0);
  for (const char* bad : {"", "some", "some avg10=x total=1", "full avg10=0.1 total=-1", "some total=1e9"}) {
    Pressure none;
    CHECK_FALSE(parse_pressure(bad, none));
  }
}

TEST_CASE("memory events keep what is known and pass over what is new") {
  MemoryEventCounts counts;
  CHECK(parse_memory_events("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\nsock_throttled x\n", counts));
  CHECK(counts.oom == 4);
  CHECK(counts.oom_kill == 5);
  CHECK(counts.oom_group_kill == 6);
  CHECK_FALSE(parse_memory_events("oom_kill five\n", counts));
}

TEST_CASE("memory.stat updates its map and forgets keys that are gone") {
  RawMemory raw;
  CHECK(parse_memory_stat("anon 1\nfile 2\nold 3\n", raw) == Parsed::good);
  const auto* const node = &*raw.find("anon");
  CHECK(parse_memory_stat("anon 5\nfile 6\nold 7\n", raw) == Parsed::good);
  CHECK(&*raw.find("anon") == node);
  CHECK(raw.find("anon")->second == 5);
  CHECK(parse_memory_stat("anon 8\nnew 9\n", raw) == Parsed::good);
  CHECK(raw.size() == 2);
  CHECK(parse_memory_stat("anon eight\n", raw) == Parsed::malformed);
  CHECK(raw.empty());
}
