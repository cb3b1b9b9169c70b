// SPDX-License-Identifier: Apache-2.0
// The map of v2's files as properties of units.
#include <doctest/doctest.h>

#include <crunc/cgroups/units.hpp>

#include "support/property_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::sent_on_v2;
using test::unsent;
using Lines = std::vector<std::string>;

namespace {

std::string json_of(const std::string& file, const std::string& value) {
  return R"({"unified":{")" + file + R"(":")" + value + R"("}})";
}
Lines sent(const std::string& file, const std::string& value, unsigned version = 253) {
  return sent_on_v2(json_of(file, value), version);
}

}  // namespace

TEST_CASE("a file of v2 is the property that it has") {
  struct Row {
    const char* file;
    const char* value;
    const char* property;
  };
  for (const Row& row : {
           Row{"cpu.weight", "1", "CPUWeight t 1"},
           Row{"cpu.weight", "10000", "CPUWeight t 10000"},
           Row{"cpu.idle", "1", "CPUWeight t 0"},
           Row{"cpuset.cpus", "0-2", "AllowedCPUs ay 7"},
           Row{"cpuset.cpus", "", "AllowedCPUs ay"},
           Row{"cpuset.mems", "0", "AllowedMemoryNodes ay 1"},
           Row{"memory.high", "4096", "MemoryHigh t 4096"},
           Row{"memory.high", "0", "MemoryHigh t 1"},
           Row{"memory.low", "0", "MemoryLow t 0"},
           Row{"memory.max", "max", "MemoryMax t max"},
           Row{"memory.max", "0", "MemoryMax t 1"},
           Row{"memory.max", "  100M\\n", "MemoryMax t 104857600"},
           Row{"memory.max", "1k", "MemoryMax t 1024"},
           Row{"memory.max", "2E", "MemoryMax t 2305843009213693952"},
           Row{"memory.min", "4096", "MemoryMin t 4096"},
           Row{"memory.swap.max", "0", "MemorySwapMax t 0"},
           Row{"memory.zswap.max", "max", "MemoryZSwapMax t max"},
           Row{"memory.oom.group", "0", "OOMPolicy s continue"},
           Row{"memory.oom.group", "1\\n", "OOMPolicy s kill"},
           Row{"pids.max", "7", "TasksMax t 7"},
           Row{"pids.max", "max", "TasksMax t max"},
           Row{"pids.max", "0", "TasksMax t 1"},
       }) {
    CAPTURE(row.file);
    CAPTURE(row.value);
    CHECK(sent(row.file, row.value) == Lines{row.property});
    const auto made = to_systemd(test::resources(json_of(row.file, row.value)), true, 253).value();
    CHECK(made.at(0).field == std::string("/unified/") + row.file);
    CHECK(made.at(0).is_optional);
  }
}

TEST_CASE("a file whose property a version does not know is left to its file") {
  struct Row {
    const char* file;
    const char* value;
    unsigned since;
  };
  for (const Row& row : {Row{"cpu.idle", "1", 252}, Row{"cpuset.cpus", "0", 244}, Row{"cpuset.mems", "0", 244},
                         Row{"memory.min", "1", 240}, Row{"memory.oom.group", "1", 252},
                         Row{"memory.swap.max", "1", 232}, Row{"memory.zswap.max", "1", 253}}) {
    CAPTURE(row.file);
    CHECK(sent(row.file, row.value, row.since - 1).empty());
    CHECK(sent(row.file, row.value, row.since).size() == 1);
  }
  for (const char* const file :
       {"memory.swap.high", "cpu.max.burst", "io.max", "io.weight", "cgroup.freeze", "misc.max"}) {
    CHECK(sent(file, "1").empty());
  }
  CHECK(sent("cpu.idle", "0").empty());
}

TEST_CASE("quota and period of a file are the same as those of resources") {
  CHECK(sent("cpu.max", "20000 50000") == Lines{"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 400000"});
  CHECK(sent("cpu.max", "20000 50000", 241) == Lines{"CPUQuotaPerSecUSec t 400000"});
  CHECK(sent("cpu.max", " 33333\\t100000 \\n") == Lines{"CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 340000"});
  CHECK(sent("cpu.max", "20000") == Lines{"CPUQuotaPerSecUSec t 200000"});
  CHECK(sent("cpu.max", "max") == Lines{"CPUQuotaPerSecUSec t max"});
  CHECK(sent("cpu.max", "max 50000") == Lines{"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t max"});
  for (const char* const wrong : {"", "x", "-1", "0", "999", "20000 999", "20000 1000001", "20000 max", "20000 0",
                                  "20000 50000 1", "99999999999999999999", "20000 99999999999999999999", "1e5"}) {
    CAPTURE(wrong);
    CHECK(unsent(json_of("cpu.max", wrong), true) ==
          "invalid_argument /unified/cpu.max: is no quota, max or at least 1000 us, and period, 1000 to 1000000 us");
  }
}

TEST_CASE("what is no value of a file is refused") {
  struct Row {
    const char* file;
    const char* value;
    const char* why;
  };
  constexpr const char* no_bytes = "is neither a number of bytes nor max";
  constexpr const char* no_list = "is no list such as 0-3,7";
  for (const Row& row : {
           Row{"cpu.weight", "0", "is beyond 1 to 10000"},
           Row{"cpu.weight", "10001", "is beyond 1 to 10000"},
           Row{"cpu.weight", "", "is beyond 1 to 10000"},
           Row{"cpu.weight", "-5", "is beyond 1 to 10000"},
           Row{"cpu.idle", "2", "is neither 0 nor 1"},
           Row{"cpu.idle", "", "is neither 0 nor 1"},
           Row{"cpuset.cpus", "3-1", no_list},
           Row{"cpuset.mems", "all", no_list},
           Row{"memory.max", "", no_bytes},
           Row{"memory.max", "-1", no_bytes},
           Row{"memory.max", "M", no_bytes},
           Row{"memory.max", "1.5", no_bytes},
           Row{"memory.max", "1X", no_bytes},
           Row{"memory.max", "16E", no_bytes},
           Row{"memory.max", "18446744073709551616", no_bytes},
           Row{"memory.high", "1 2", no_bytes},
           Row{"memory.low", "low", no_bytes},
           Row{"memory.min", "MAX", no_bytes},
           Row{"memory.swap.max", "x", no_bytes},
           Row{"memory.zswap.max", "x", no_bytes},
           Row{"memory.oom.group", "2", "is neither 0 nor 1"},
           Row{"pids.max", "-1", "is neither a number nor max"},
           Row{"pids.max", "5k", "is neither a number nor max"},
       }) {
    CAPTURE(row.file);
    CAPTURE(row.value);
    const std::string expected = std::string("invalid_argument /unified/") + row.file + ": " + row.why;
    CHECK(unsent(json_of(row.file, row.value), true) == expected);
    // It is as wrong for a systemd that would not be sent it.
    CHECK(unsent(json_of(row.file, row.value), true, 1) == expected);
  }
}

TEST_CASE("a file is in the place of what resources made") {
  CHECK(sent_on_v2(R"({"memory":{"limit":100,"reservation":50},"cpu":{"shares":1024,"quota":20000,"period":50000},
      "pids":{"limit":5},"unified":{"memory.max":"7","cpu.weight":"8","cpu.max":"max","pids.max":"9"}})") ==
        Lines{"MemoryMax t 7", "MemoryLow t 50", "CPUWeight t 8", "CPUQuotaPeriodUSec t 50000",
              "CPUQuotaPerSecUSec t max", "TasksMax t 9"});
  CHECK(sent_on_v2(R"({"unified":{"cpu.idle":"1\n","cpu.weight":"8"}})") == Lines{"CPUWeight t 0"});
  CHECK(sent_on_v2(R"({"unified":{"cpu.idle":"1","cpu.weight":"8"}})", 251).empty());
  CHECK(sent_on_v2(R"({"unified":{"cpu.idle":"0","cpu.weight":"8"}})") == Lines{"CPUWeight t 8"});
  CHECK(sent_on_v2(R"({"cpu":{"shares":1024},"unified":{"cpu.idle":"1"}})") == Lines{"CPUWeight t 0"});
}

TEST_CASE("on v1 a file that has a property is not there") {
  for (const char* const file : {"cpu.max", "cpu.idle", "cpu.weight", "cpuset.cpus", "memory.max", "pids.max"}) {
    CHECK(unsent(json_of(file, "1"), false) == std::string("unsupported /unified/") + file + ": is not in cgroup v1");
  }
  // Of the others plan() knows where they are: a hybrid machine has some.
  CHECK(test::sent_on_v1(json_of("hugetlb.2MB.max", "0")).empty());
  CHECK(test::sent_on_v1(json_of("cgroup.max.depth", "0")).empty());
}
