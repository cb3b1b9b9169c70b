// SPDX-License-Identifier: Apache-2.0
// Plans of memory: the order on v1, swap on v2, and limits that would kill.
#include <doctest/doctest.h>

#include <limits>

#include <crunc/cgroups/plan.hpp>

#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::failure_of;
using test::on_v1;
using test::on_v2;
using Lines = std::vector<std::string>;

TEST_CASE("8A-1 on v1 raising memory and swap together raises the sum first") {
  const char* const json = R"({"memory":{"limit":200,"swap":400,"reservation":100}})";
  CHECK(on_v1(json, {.memory_limit = Limit(100), .memory_swap_limit = Limit(150)}) ==
        Lines{"memory/memory.memsw.limit_in_bytes 400", "memory/memory.limit_in_bytes 200",
              "memory/memory.soft_limit_in_bytes 100"});
  CHECK(on_v1(json, {.memory_limit = Limit(500), .memory_swap_limit = Limit(900)}) ==
        Lines{"memory/memory.limit_in_bytes 200", "memory/memory.memsw.limit_in_bytes 400",
              "memory/memory.soft_limit_in_bytes 100"});
  // A new cgroup has no limits.
  CHECK(on_v1(json) == Lines{"memory/memory.limit_in_bytes 200", "memory/memory.memsw.limit_in_bytes 400",
                             "memory/memory.soft_limit_in_bytes 100"});
  CHECK(on_v1(json, {.memory_limit = Limit(400)}).front() == "memory/memory.limit_in_bytes 200");
  CHECK(on_v1(R"({"memory":{"limit":200,"swap":-1}})", {.memory_limit = Limit(500)}) ==
        Lines{"memory/memory.memsw.limit_in_bytes -1", "memory/memory.limit_in_bytes 200"});
}

TEST_CASE("on v1 no limit of memory is no limit of swap") {
  const Plan made = plan(test::resources(R"({"memory":{"limit":-1}})"), Placement::legacy()).value();
  CHECK(test::lines(made) == Lines{"memory/memory.memsw.limit_in_bytes -1", "memory/memory.limit_in_bytes -1"});
  CHECK(made.writes[0].on_failure.ignore_missing);
  CHECK_FALSE(made.writes[1].on_failure.ignore_missing);
}

TEST_CASE("on v1 what the kernel would refuse is told in words") {
  const Placement v1 = Placement::legacy();
  CHECK(failure_of(R"({"memory":{"limit":-1,"swap":100}})", v1) ==
        "invalid_argument /memory/swap: is below the limit of memory, which is none");
  CHECK(
      failure_of(R"({"memory":{"limit":200}})", v1, {}, {.memory_swap_limit = Limit(100)}) ==
      "invalid_argument /memory/limit: is above the limit of memory and swap in force, 100: set /memory/swap with it");
  CHECK(failure_of(R"({"memory":{"swap":200}})", v1, {}, {.memory_limit = Limit(300)}) ==
        "invalid_argument /memory/swap: is below the limit of memory in force, 300: set /memory/limit with it");
  CHECK(failure_of(R"({"memory":{"swap":200}})", v1, {}, {.memory_limit = Limit()})
            .ends_with("which is none: set /memory/limit with it"));
  CHECK(failure_of(R"({"memory":{"limit":100}})", v1, {}, {.memory_swap_limit = Limit(100)}) == "none");
}

TEST_CASE("swappiness of v1 is from 0 to 100 and -1 is unset") {
  CHECK(on_v1(R"({"memory":{"swappiness":0}})") == Lines{"memory/memory.swappiness 0"});
  CHECK(on_v1(R"({"memory":{"swappiness":100}})") == Lines{"memory/memory.swappiness 100"});
  CHECK(on_v1(R"({"memory":{"swappiness":18446744073709551615}})").empty());
  CHECK(on_v1(R"({"memory":{"disableOOMKiller":false}})") == Lines{"memory/memory.oom_control 0"});
}

TEST_CASE("8A-3 swap of v2 is what the sum leaves and no limit is max") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK(swap_max(100, -1).value() == Limit());
  CHECK(swap_max(0, -1).value() == Limit());
  CHECK(swap_max(-1, -1).value() == Limit());
  CHECK(swap_max(-1, 0).value() == Limit());
  CHECK_FALSE(swap_max(0, 0).value().has_value());
  CHECK_FALSE(swap_max(100, 0).value().has_value());
  CHECK(swap_max(-1, 300).value() == Limit(300));
  CHECK(swap_max(100, 300).value() == Limit(200));
  CHECK(swap_max(100, 100).value() == Limit(0));
  CHECK(swap_max(1, huge).value().value().printed() == static_cast<std::uint64_t>(huge) - 1);
  for (const auto& [memory, swap] : {std::pair(0, 100), std::pair(200, 100), std::pair(100, -2), std::pair(-5, 100)}) {
    CHECK(swap_max(memory, swap).error().code == Errc::invalid_argument);
  }
  CHECK(on_v2(R"({"memory":{"limit":-1,"swap":-1},"cpu":{"quota":-1}})") ==
        Lines{"memory/memory.swap.max max", "memory/memory.max max", "cpu/cpu.max max"});
  CHECK(on_v2(R"({"memory":{"limit":100,"swap":-1}})") == Lines{"memory/memory.swap.max max", "memory/memory.max 100"});
  CHECK(on_v2(R"({"cpu":{"quota":20000}})") == Lines{"cpu/cpu.max 20000"});
}

TEST_CASE("8A-10 a sum of memory and swap that is too great for both does not wrap") {
  CHECK(on_v2(R"({"memory":{"limit":9223372036854775806,"swap":9223372036854775807}})") ==
        Lines{"memory/memory.swap.max 1", "memory/memory.max max"});
}

TEST_CASE("on v2 a swap alone is reckoned from the limit in force") {
  const char* const json = R"({"memory":{"swap":300}})";
  CHECK(on_v2(json, {.memory_limit = Limit(100)}) == Lines{"memory/memory.swap.max 200"});
  CHECK(on_v2(json, {.memory_limit = Limit()}) == Lines{"memory/memory.swap.max 300"});
  CHECK(failure_of(json, Placement::pure_v2()).starts_with("invalid_argument /memory/swap: needs a limit"));
  CHECK(failure_of(json, Placement::pure_v2(), {}, {.memory_limit = Limit(301)}).starts_with("invalid_argument"));
}

TEST_CASE("on v2 swap may be uncounted where nothing of it is limited") {
  const auto policy = [](const char* json) {
    return plan(test::resources(json), Placement::pure_v2()).value().writes.at(0).on_failure;
  };
  CHECK(policy(R"({"memory":{"limit":100,"swap":100}})").ignore_missing);
  CHECK(policy(R"({"memory":{"limit":100,"swap":-1}})").ignore_missing);
  CHECK_FALSE(policy(R"({"memory":{"limit":100,"swap":101}})").ignore_missing);
}

TEST_CASE("on v2 a limit that would kill is refused when that is asked for") {
  const Placement v2 = Placement::pure_v2();
  const CurrentLimits current{.memory_usage_bytes = 100, .swap_usage_bytes = 50};
  const auto checked = [](const char* limits) {
    return R"({"memory":{"checkBeforeUpdate":true,)" + std::string(limits) + "}}";
  };

  CHECK(failure_of(checked(R"("limit":100)"), v2, {}, current) ==
        "cgroup_busy /memory/limit: 100 bytes are not above the use of memory, 100 bytes: not written, since processes "
        "would be killed");
  CHECK(failure_of(checked(R"("limit":101,"swap":150)"), v2, {}, current).starts_with("cgroup_busy /memory/swap: "));
  CHECK(failure_of(checked(R"("limit":101,"swap":151)"), v2, {}, current) == "none");
  CHECK(failure_of(checked(R"("limit":-1,"swap":-1)"), v2, {}, current) == "none");
  CHECK(failure_of(R"({"memory":{"limit":1}})", v2, {}, current) == "none");
  CHECK(failure_of(checked(R"("limit":1)"), v2) == "none");
  const auto made = plan(test::resources(checked(R"("limit":1)")), v2, {}, current);
  CHECK(made.error().system == std::errc::device_or_resource_busy);
}
